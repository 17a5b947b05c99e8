//! One application: its rows, the indexes that its questions need, its clock and its counters.

pub mod actor;
mod belongings;
pub mod content;
pub mod messages;
pub mod moderation;
pub mod people;
pub mod polls;
pub mod preferences;
pub mod presence;
mod receipts;
pub mod scheduled;
pub mod table;
pub mod timeline;
pub mod touched;
pub mod webhooks;

use std::sync::Arc;

use sha2::{Digest, Sha256};

pub use self::belongings::Belongings;
use self::{
    actor::PlanIndex,
    messages::{MessageIndex, ReactionIndex},
    moderation::{BlockIndex, ReportIndex, SanctionIndex},
    people::{ChannelIndex, MemberIndex, UserIndex},
    polls::{PollIndex, VoteIndex},
    preferences::{DeviceIndex, FriendIndex, SessionIndex, SessionKeyIndex},
    presence::Presence,
    scheduled::ScheduledIndex,
    table::{Change, Table},
    webhooks::DeliveryIndex,
};
use crate::model::{
    actor::PlannedStep,
    application::{Counters, Head, Settings},
    channel::{Channel, Member},
    clock::Clock,
    content::{CoveredText, TypeSettings},
    departure::Departure,
    emoji::{Emoji, EmojiCategory},
    event::{Event, Refused},
    file::StoredFile,
    friend::{Friend, FriendChange},
    ids::{ApplicationId, ChannelId, MessageId, UserId},
    message::Message,
    moderation::{Block, OffenceRecord, Report, Sanction, TypeOperator},
    pin::Pin,
    poll::{Poll, PollOption, Vote},
    push::{DeviceToken, PushPreference},
    reaction::Reaction,
    scheduled::ScheduledMessage,
    session::{SessionKey, SessionToken},
    thread::ThreadPush,
    time::Timestamp,
    user::{Profile, User},
    webhook::Delivery,
};

/// Declares the tables once: the fields of an application, of its changes, and all that walks
/// over every table. A table that is added here is loaded, undone and reset with the others.
macro_rules! tables {
    ($($(#[$doc:meta])* $field:ident: $row:ty, $index:ty;)*) => {
        /// Everything that one application holds.
        #[derive(Debug)]
        pub struct Application {
            /// Which application.
            pub id: ApplicationId,
            now: Timestamp,
            head: Head,
            head_before: Option<Head>,
            events: Vec<(Timestamp, Event)>,
            /// How many of those webhooks have been told.
            told: usize,
            refusals: Vec<Refused>,
            /// Who is here right now. Not stored, and not undone.
            pub presence: Presence,
            belongings: Belongings,
            $($(#[$doc])* pub $field: Table<$row, $index>,)*
        }

        /// What a verb has changed, table by table.
        #[derive(Debug, Default)]
        pub struct Changes {
            /// The application's own row, before and after.
            pub head: Option<(Head, Head)>,
            $($(#[$doc])* pub $field: Vec<Change<$row>>,)*
        }

        impl Changes {
            /// Whether nothing has changed.
            pub fn is_empty(&self) -> bool {
                self.head.is_none() $(&& self.$field.is_empty())*
            }
        }

        impl Application {
            /// An application in which nothing has happened.
            pub fn new(id: ApplicationId) -> Self {
                let seed = seed_of(&id);
                Self {
                    id,
                    now: Timestamp::ZERO,
                    head: Head {
                        created_at: Timestamp::ZERO,
                        settings: Arc::default(),
                        counters: Counters::default(),
                        clock: Clock::default(),
                        seed,
                        due_at: Timestamp::ZERO,
                    },
                    head_before: None,
                    events: Vec::new(),
                    told: 0,
                    refusals: Vec::new(),
                    presence: Presence::default(),
                    belongings: Belongings::default(),
                    $($field: Table::default(),)*
                }
            }

            /// An application of another name with all that this one has. They share rows until one of them
            /// changes one. Nobody is here in it, and nothing has happened that is still to be told.
            #[must_use]
            pub fn copy(&self, id: ApplicationId) -> Self {
                let mut copy = Self {
                    id,
                    now: self.now,
                    head: self.head.clone(),
                    head_before: None,
                    events: Vec::new(),
                    told: 0,
                    refusals: Vec::new(),
                    presence: Presence::default(),
                    belongings: Belongings::default(),
                    $($field: self.$field.copy(),)*
                };
                copy.follow_presence();
                copy.forget_open_calls();
                copy
            }

            /// How many rows each table has, by the table's name.
            pub fn counts(&self) -> Vec<(&'static str, usize)> {
                vec![$((stringify!($field), self.$field.len()),)*]
            }

            /// All that is here, as the changes that make it of nothing.
            pub fn everything(&self) -> Changes {
                Changes {
                    head: Some((self.head.clone(), self.head.clone())),
                    $($field: self.$field.everything(),)*
                }
            }

            /// What has changed since this was last asked.
            pub fn drain(&mut self) -> Changes {
                self.belongings.go_by(&self.head.clock);
                Changes {
                    head: self.head_before.take().map(|before| (before, self.head.clone())),
                    $($field: self.$field.drain(),)*
                }
            }

            /// Undoes drained changes. Of several, the last is to be undone first.
            pub fn undo(&mut self, changes: &Changes) {
                if let Some((before, _)) = &changes.head {
                    self.head = before.clone();
                    self.belongings.go_by(&self.head.clock);
                }
                $(self.$field.undo(&changes.$field);)*
            }
        }
    };
}

/// Whoever wants to know after each of several things that it is done.
pub type Done<'a> = &'a mut dyn FnMut(&mut Application);

tables! {
    /// Users, by id.
    users: User, UserIndex;
    /// Pictures of users at one time, by number.
    profiles: Profile, ();
    /// Channels of both kinds, by id.
    channels: Channel, ChannelIndex;
    /// Memberships of group channels, by channel and user.
    members: Member, MemberIndex;
    /// Messages, by id.
    messages: Message, MessageIndex;
    /// Reactions, by message, key and user.
    reactions: Reaction, ReactionIndex;
    /// Pinned messages, by channel and message.
    pins: Pin, ();
    /// Groups of emojis, by number.
    emoji_categories: EmojiCategory, ();
    /// Emojis, by key.
    emojis: Emoji, ();
    /// Who wants to hear of which threads, by message and user.
    thread_pushes: ThreadPush, ();
    /// Bans and mutes, by kind, scope and user.
    sanctions: Sanction, SanctionIndex;
    /// When words of users were kept out of channels, by channel and user.
    offence_records: OffenceRecord, ();
    /// Who blocks whom, by both.
    blocks: Block, BlockIndex;
    /// Operators of custom types, by type and user.
    type_operators: TypeOperator, ();
    /// Complaints, by number.
    reports: Report, ReportIndex;
    /// Uploaded files, by hash.
    files: StoredFile, ();
    /// Messages that are to be sent later, by number.
    scheduled: ScheduledMessage, ScheduledIndex;
    /// What users are made to do later, by number.
    planned_steps: PlannedStep, PlanIndex;
    /// Polls, by number.
    polls: Poll, PollIndex;
    /// Options of polls, by poll and number.
    poll_options: PollOption, ();
    /// Votes, by poll, option and user.
    votes: Vote, VoteIndex;
    /// Session tokens, by user and number.
    sessions: SessionToken, SessionIndex;
    /// Session keys, by what the client shows.
    session_keys: SessionKey, SessionKeyIndex;
    /// Push preferences of users who have said something, by user.
    push_preferences: PushPreference, ();
    /// Devices, by user, kind and token.
    devices: DeviceToken, DeviceIndex;
    /// Friends, by user and friend.
    friends: Friend, FriendIndex;
    /// What has become of friends, by user and friend.
    friend_changes: FriendChange, ();
    /// Who is not in a channel any more, by user and channel.
    departures: Departure, ();
    /// How channels of a custom type are treated, by custom type.
    type_settings: TypeSettings, ();
    /// What messages said before words of them were covered, by message.
    covered_texts: CoveredText, ();
    /// Calls of webhooks: those to be made, and the latest that were; by number.
    deliveries: Delivery, DeliveryIndex;
}

impl Application {
    /// The time as this application tells it.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Tells the application the time. Its clock never goes back by itself.
    pub fn set_time(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }

    /// Has the application go by another clock, which shows that time. It may be before the time that was.
    pub fn set_clock(&mut self, clock: Clock, now: Timestamp) {
        // First, so that what begins with its clock begins at the time that this shows.
        self.now = now;
        let head = self.touch();
        head.clock = clock;
        // An application is as old as what is in it, so that all of it follows from what it was told.
        if head.counters == Counters::default() {
            head.created_at = now.max(Timestamp(1));
        }
        self.emit(Event::ClockMoved);
    }

    /// The application's clock.
    pub fn clock(&self) -> &Clock {
        &self.head.clock
    }

    /// Has ids, tokens and chance come from that number.
    pub fn set_seed(&mut self, seed: i64) {
        self.touch().seed = seed;
    }

    /// Notes when the application next has something to do by itself. Tells whether that is news.
    pub fn set_due(&mut self, due: Option<Timestamp>) -> bool {
        let due_at = due.unwrap_or(Timestamp::ZERO);
        let news = self.head.due_at != due_at;
        if news {
            self.touch().due_at = due_at;
        }
        news
    }

    /// Whether anything was ever made here, or it tells somebody of it, or goes by a clock of its own.
    pub fn is_settled(&self) -> bool {
        self.head.counters != Counters::default()
            || !self.settings().webhooks.is_empty()
            || self.head.clock != Clock::default()
            || self.counts().iter().any(|(_, rows)| *rows > 0)
    }

    /// Whether anything was ever written here.
    pub fn exists(&self) -> bool {
        self.head.created_at > Timestamp::ZERO
    }

    /// Marks as online who is here right now, and nobody else. It remembers nothing.
    pub fn follow_presence(&mut self) {
        let presence = &self.presence;
        let wrong = self.users.iter().filter(|user| user.online != presence.is_connected(&user.id));
        for user in wrong.map(|user| user.id.clone()).collect::<Vec<_>>() {
            self.users.derive(&user, |user| user.online = !user.online);
        }
        self.users.drain();
    }

    /// Forgets the calls of webhooks that are still to be made. They are made by the application in which
    /// happened what they tell.
    fn forget_open_calls(&mut self) {
        let open = self.deliveries.iter().filter(|call| !call.state.is_final());
        for number in open.map(|call| call.number).collect::<Vec<_>>() {
            self.deliveries.remove(&number);
        }
        self.deliveries.drain();
    }

    /// What the shell keeps in memory of this application.
    pub fn belongings(&self) -> &Belongings {
        &self.belongings
    }

    /// The application's own row.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// How the application wants to be treated.
    pub fn settings(&self) -> &Settings {
        &self.head.settings
    }

    /// Changes how the application wants to be treated.
    pub fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        change(Arc::make_mut(&mut self.touch().settings));
    }

    /// A message id that was never given out.
    pub fn next_message_id(&mut self) -> MessageId {
        let counters = &mut self.touch().counters;
        counters.messages += 1;
        MessageId(counters.messages)
    }

    /// The message id that was given out last.
    pub fn last_message_id(&self) -> MessageId {
        MessageId(self.head.counters.messages)
    }

    /// A number for a user.
    pub fn next_user_number(&mut self) -> i64 {
        let counters = &mut self.touch().counters;
        counters.users += 1;
        counters.users
    }

    /// A number for anything else.
    pub fn next_number(&mut self) -> i64 {
        let counters = &mut self.touch().counters;
        counters.others += 1;
        counters.others
    }

    /// A number for a call of a webhook. They have numbers of their own, so that all others are the same with and
    /// without webhooks.
    pub fn next_delivery_number(&mut self) -> i64 {
        let counters = &mut self.touch().counters;
        counters.deliveries += 1;
        counters.deliveries
    }

    /// Forty hexadecimal digits that were never given out: a function of the application's seed number
    /// and of how often it was asked, so that the same requests get the same answers.
    pub fn draw(&mut self) -> String {
        self.draw_for("")
    }

    /// The same for somebody: nobody else gets it, in no life that the application has after a reset either.
    pub fn draw_for(&mut self, whom: &str) -> String {
        let counters = &mut self.touch().counters;
        counters.draws += 1;
        let draws = counters.draws;
        let mut hash = Sha256::new();
        hash.update(self.head.seed.to_be_bytes());
        hash.update(draws.to_be_bytes());
        hash.update(whom);
        hex::encode(&hash.finalize()[..20])
    }

    /// Forty hexadecimal digits that follow from the application's seed number and a name alone.
    pub fn derive(&self, name: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.head.seed.to_be_bytes());
        hash.update(name.as_bytes());
        hex::encode(&hash.finalize()[..20])
    }

    /// Tells that something has happened. What changelogs want to know of it is noted here, so that
    /// no verb can forget it.
    pub fn emit(&mut self, event: Event) {
        match &event {
            Event::ChannelUpdated { channel, .. } => self.note_change(&channel.id),
            Event::MembersInvited { channel, members, .. } | Event::MembersJoined { channel, members, .. } => {
                for view in members {
                    self.departures.remove(&(view.member.user.clone(), channel.id.clone()));
                }
                self.note_change(&channel.id);
            }
            Event::MemberDeclined { channel, member, .. } | Event::MemberLeft { channel, member, .. } => {
                self.note_departure(&member.user.id, &channel.id);
                self.note_change(&channel.id);
            }
            Event::UserUpdated { user, .. } => {
                let friends = self.friends.index().having(&user.id).cloned();
                for other in friends.collect::<Vec<_>>() {
                    self.note_friend(&other, &user.id, false);
                }
            }
            _ => {}
        }
        self.events.push((self.now, event));
    }

    fn note_change(&mut self, channel: &ChannelId) {
        let now = self.now;
        if self.channels.get(channel).is_some_and(|channel| channel.changed_at < now) {
            self.channels.update(channel, |channel| channel.changed_at = now);
        }
    }

    /// Notes that a user is not in a channel any more.
    pub fn note_departure(&mut self, user: &UserId, channel: &ChannelId) {
        let (user, channel, at) = (user.clone(), channel.clone(), self.now);
        self.departures.put(Departure { user, channel, at });
    }

    /// Notes that a user's friend is new or another to look at, or is none any more.
    pub fn note_friend(&mut self, user: &UserId, friend: &UserId, gone: bool) {
        let (user, friend, at) = (user.clone(), friend.clone(), self.now);
        self.friend_changes.put(FriendChange { user, friend, at, gone });
    }

    /// Tells of something that a verb refuses, which is told although the verb leaves nothing behind. Only webhooks hear
    /// of it, so where there are none nothing is noted.
    pub fn tell_refused(&mut self, event: impl FnOnce(&Self) -> Option<Event>) {
        if !self.settings().webhooks.is_empty() {
            let event = event(self);
            self.refusals.extend(event.map(Refused::Told));
        }
    }

    /// Notes that a user has said in a channel what is kept out of it, which counts although the verb leaves nothing
    /// behind.
    pub fn note_offence(&mut self, channel: &ChannelId, user: &UserId) {
        self.refusals.push(Refused::Offence(channel.clone(), user.clone()));
    }

    /// What was refused since this was last asked.
    pub fn take_refusals(&mut self) -> Vec<Refused> {
        std::mem::take(&mut self.refusals)
    }

    /// What has happened since this was last asked, and when.
    pub fn take_events(&mut self) -> Vec<(Timestamp, Event)> {
        self.told = 0;
        std::mem::take(&mut self.events)
    }

    /// What has happened and is still to be told to webhooks. It is to be given back.
    pub fn take_untold(&mut self) -> Vec<(Timestamp, Event)> {
        self.events.split_off(self.told)
    }

    /// Takes back what was told. What has come of the telling stands behind it, and is told to nobody.
    pub fn put_told(&mut self, told: Vec<(Timestamp, Event)>) {
        let come = self.events.split_off(self.told);
        self.events.extend(told.into_iter().chain(come));
        self.told = self.events.len();
    }

    /// Sets the application's own row as the store has it.
    pub fn load_head(&mut self, head: Head) {
        self.head = head;
        self.belongings.go_by(&self.head.clock);
    }

    fn touch(&mut self) -> &mut Head {
        if self.head_before.is_none() {
            self.head_before = Some(self.head.clone());
            if self.head.created_at == Timestamp::ZERO {
                self.head.created_at = self.now;
            }
        }
        &mut self.head
    }
}

/// The seed number of an application that was given none: a function of its name.
pub fn seed_of(id: &ApplicationId) -> i64 {
    let hash = Sha256::digest(id.as_str());
    // Readers of JSON know whole numbers of 53 bits.
    let number = hash[..8].iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)) >> 11;
    i64::try_from(number).expect("it has 53 bits")
}
