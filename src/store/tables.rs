//! The tables that the store keeps. A new one is a line here.

/// Hands all tables to a macro: the field of the application, and what a row is. Rows that others point to
/// come first.
macro_rules! each {
    ($then:ident) => {
        $then! {
            profiles: Profile;
            users: User;
            channels: Channel;
            members: Member;
            messages: Message;
            reactions: Reaction;
            pins: Pin;
            emoji_categories: EmojiCategory;
            emojis: Emoji;
            thread_pushes: ThreadPush;
            sanctions: Sanction;
            offence_records: OffenceRecord;
            blocks: Block;
            type_operators: TypeOperator;
            reports: Report;
            files: StoredFile;
            scheduled: ScheduledMessage;
            planned_steps: PlannedStep;
            polls: Poll;
            poll_options: PollOption;
            votes: Vote;
            sessions: SessionToken;
            session_keys: SessionKey;
            push_preferences: PushPreference;
            devices: DeviceToken;
            friends: Friend;
            friend_changes: FriendChange;
            departures: Departure;
            type_settings: TypeSettings;
            covered_texts: CoveredText;
            deliveries: Delivery;
        }
    };
}

pub(super) use each;
