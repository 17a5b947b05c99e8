//! The rules on the bare state: whatever happens in whatever order, what is derived equals a count of the
//! rows, what fails leaves no trace, undo leads back, and pages give each row once.
//!
//! More cases: `PROPTEST_CASES=5000 cargo test --release --test it properties`.

mod moderation;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mynah::{
    chat::{
        self,
        channels::{self, ChannelFilter, ChannelOrder, ChannelPatch, NewChannel, Show},
        due,
        membership::{self, Invitation, MemberFilter, MemberOrder},
        messages::{self, Anchor, Include, MessageFilter, MessagePatch, NewMessage, Question, SendRules},
        migration::{self, Receipts},
        my_channels::{self, HiddenMode, MyFilter},
        polls::{self, NewPoll},
        reactions,
        reads::{self, TotalFilter},
        scheduled,
        threads::{self, ReplyRules},
        users::{self, NewUser, UserFilter, UserPatch},
    },
    model::{
        application::{Head, ReplyPolicy},
        channel::{Channel, ChannelKind, Hidden, Member, MemberState},
        departure::Departure,
        emoji::{Emoji, EmojiCategory},
        file::{Link, StoredFile},
        friend::{Friend, FriendChange},
        ids::{ApplicationId, MessageId, UserId},
        message::{Attachment, Mention, Message, MessageKind},
        moderation::{Block, OffenceRecord, Report, Sanction, TypeOperator},
        page::{Page, Place},
        pin::Pin,
        poll::{Poll, PollOption, PollState, Vote},
        push::{DeviceToken, PushPreference},
        reaction::Reaction,
        scheduled::{ScheduledMessage, ScheduledState},
        session::{SessionKey, SessionToken},
        thread::ThreadPush,
        time::Timestamp,
        user::{Profile, User},
    },
    state::{
        Application,
        messages::{MessageIndex, ReactionIndex},
        moderation::{BlockIndex, ReportIndex, SanctionIndex},
        people::{ChannelIndex, MemberIndex, UserIndex},
        polls::{PollIndex, VoteIndex},
        preferences::{DeviceIndex, FriendIndex, SessionIndex, SessionKeyIndex},
        scheduled::ScheduledIndex,
    },
    store::{Batch, Durability, Place as At, Store},
};
use proptest::{collection::vec, option, prelude::*, sample::Index, test_runner::Config};

const USERS: usize = 6;
const CHANNELS: usize = 4;

/// When every history begins.
const BEGIN: i64 = 1_700_000_000_000;

fn user(number: usize) -> String {
    format!("user{number}")
}

fn channel_id(number: usize) -> String {
    format!("channel{number}")
}

fn empty() -> Application {
    let mut app = Application::new(ApplicationId::new("properties").unwrap());
    app.set_time(Timestamp(BEGIN));
    app
}

fn config(cases: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").is_ok();
    let config = Config { failure_persistence: None, ..Config::default() };
    if asked { config } else { Config { cases, ..config } }
}

/// One thing that somebody does. Users and channels are numbers, messages a place among all of them.
#[derive(Clone, Debug)]
enum Step {
    CreateUser(usize),
    ChangeUser { user: usize, nickname: Option<u8>, active: Option<bool>, stays: bool },
    DeleteUser(usize),
    CreateChannel { channel: usize, traits: u8, members: Vec<usize>, invited: Vec<usize> },
    ChangeChannel { channel: usize, public: Option<bool>, operators: Option<Vec<usize>> },
    DeleteChannel(usize),
    Invite { channel: usize, users: Vec<usize>, joined: Option<bool>, hidden: bool },
    Join { channel: usize, user: usize },
    Accept { channel: usize, user: usize },
    Decline { channel: usize, user: usize },
    Leave { channel: usize, users: Vec<usize> },
    Send(Sending),
    Edit { message: Index, mentioned: Option<Vec<usize>>, everyone: Option<bool> },
    Remove(Index),
    React { message: Index, user: usize, key: u8 },
    Read { channel: usize, user: usize },
    BringIn { channel: usize, user: usize, offset: i64, forward: bool, back: bool },
    Ask { channel: usize, user: usize, several: bool, closes: Option<i64> },
    Vote { poll: Index, user: usize, choice: Vec<Index> },
    ClosePoll(Index),
    RemovePoll(Index),
    Schedule { channel: usize, user: usize, minutes: i64 },
    Cancel(Index),
    Settings { unread: u8, last: u8, past: bool, accepts: bool },
}

#[derive(Clone, Debug)]
struct Sending {
    channel: usize,
    user: usize,
    kind: u8,
    parent: Option<Index>,
    nested: bool,
    silent: bool,
    in_channel: bool,
    marks_read: bool,
    dated: Option<i64>,
    mentioned: Vec<usize>,
    everyone: bool,
    dedup: Option<u8>,
}

fn sending() -> impl Strategy<Value = Step> {
    let flag = proptest::bool::weighted;
    let who = (0..CHANNELS, 0..USERS, 0..8_u8, option::of(any::<Index>()), flag(0.5));
    let how = (flag(0.2), flag(0.5), flag(0.7), option::weighted(0.2, -20..60_i64));
    let whom = (vec(0..USERS, 0..3), flag(0.2), option::weighted(0.3, 0..5_u8));
    (who, how, whom).prop_map(|(who, how, whom)| {
        let (channel, user, kind, parent, nested) = who;
        let (silent, in_channel, marks_read, dated) = how;
        let (mentioned, everyone, dedup) = whom;
        Step::Send(Sending {
            channel,
            user,
            kind,
            parent,
            nested,
            silent,
            in_channel,
            marks_read,
            dated,
            mentioned,
            everyone,
            dedup,
        })
    })
}

fn step() -> impl Strategy<Value = Step> {
    let people = || vec(0..USERS, 0..4);
    let on = || (0..CHANNELS, 0..USERS);
    let flag = || option::of(any::<bool>());
    prop_oneof![
        3 => (0..USERS).prop_map(Step::CreateUser),
        2 => (0..USERS, option::of(0..3_u8), flag(), any::<bool>())
            .prop_map(|(user, nickname, active, stays)| Step::ChangeUser { user, nickname, active, stays }),
        1 => (0..USERS).prop_map(Step::DeleteUser),
        4 => (0..CHANNELS, 0..16_u8, people(), people())
            .prop_map(|(channel, traits, members, invited)| {
                Step::CreateChannel { channel, traits, members, invited }
            }),
        1 => (0..CHANNELS, flag(), option::of(people()))
            .prop_map(|(channel, public, operators)| Step::ChangeChannel { channel, public, operators }),
        1 => (0..CHANNELS).prop_map(Step::DeleteChannel),
        4 => (0..CHANNELS, people(), flag(), any::<bool>())
            .prop_map(|(channel, users, joined, hidden)| Step::Invite { channel, users, joined, hidden }),
        2 => on().prop_map(|(channel, user)| Step::Join { channel, user }),
        2 => on().prop_map(|(channel, user)| Step::Accept { channel, user }),
        1 => on().prop_map(|(channel, user)| Step::Decline { channel, user }),
        1 => (0..CHANNELS, people()).prop_map(|(channel, users)| Step::Leave { channel, users }),
        24 => sending(),
        3 => (any::<Index>(), option::of(people()), flag())
            .prop_map(|(message, mentioned, everyone)| Step::Edit { message, mentioned, everyone }),
        4 => any::<Index>().prop_map(Step::Remove),
        2 => (any::<Index>(), 0..USERS, 0..3_u8)
            .prop_map(|(message, user, key)| Step::React { message, user, key }),
        4 => on().prop_map(|(channel, user)| Step::Read { channel, user }),
        1 => (on(), -20..60_i64, any::<bool>(), any::<bool>())
            .prop_map(|((channel, user), offset, forward, back)| {
                Step::BringIn { channel, user, offset, forward, back }
            }),
        3 => (on(), any::<bool>(), option::of(1..20_i64)).prop_map(|((channel, user), several, closes)| {
            Step::Ask { channel, user, several, closes }
        }),
        4 => (any::<Index>(), 0..USERS, vec(any::<Index>(), 0..3))
            .prop_map(|(poll, user, choice)| Step::Vote { poll, user, choice }),
        1 => any::<Index>().prop_map(Step::ClosePoll),
        1 => any::<Index>().prop_map(Step::RemovePoll),
        3 => (on(), 5..9_i64).prop_map(|((channel, user), minutes)| Step::Schedule { channel, user, minutes }),
        1 => any::<Index>().prop_map(Step::Cancel),
        1 => (0..3_u8, 0..3_u8, any::<bool>(), any::<bool>())
            .prop_map(|(unread, last, past, accepts)| Step::Settings { unread, last, past, accepts }),
    ]
}

/// Histories in which something happens: the first users and channels are there from the beginning.
fn history(length: usize) -> impl Strategy<Value = Vec<(i64, Step)>> {
    let beginning = (1..16_u8).prop_map(|traits| {
        let users = (0..USERS - 1).map(Step::CreateUser);
        let everybody: Vec<_> = (0..USERS - 1).collect();
        let channel = |channel, traits, members: &[usize]| Step::CreateChannel {
            channel,
            traits,
            members: members.to_vec(),
            invited: vec![3],
        };
        let channels = [channel(0, 0, &everybody), channel(1, traits, &everybody[..3])];
        users.chain(channels).map(|step| (1, step)).collect::<Vec<_>>()
    });
    (beginning, vec((prop_oneof![40 => 0..4_i64, 1 => Just(400_000)], step()), 1..length)).prop_map(
        |(mut steps, more)| {
            steps.extend(more);
            steps
        },
    )
}

fn named(users: &[usize]) -> Vec<String> {
    users.iter().copied().map(user).collect()
}

fn group(app: &Application, number: usize) -> chat::Result<Arc<Channel>> {
    channels::find(app, ChannelKind::Group, &channel_id(number))
}

/// The message at a place among all of them, and its channel.
fn pick(app: &Application, place: Index) -> chat::Result<(Arc<Message>, Arc<Channel>)> {
    let all: Vec<_> = app.messages.iter().collect();
    let none = chat::Error::NotFound(chat::Entity::Message);
    let message = if all.is_empty() { return Err(none) } else { all[place.index(all.len())] };
    let channel = channels::find_by_any(app, message.channel.as_str())?;
    Ok((messages::find_in(app, &channel, message.id)?, channel))
}

/// The poll at a place among those that are there.
fn pick_poll(app: &Application, place: Index) -> chat::Result<Arc<Poll>> {
    let all: Vec<_> = app.polls.iter().filter(|poll| poll.state != PollState::Removed).cloned().collect();
    if all.is_empty() { Err(chat::Error::NotFound(chat::Entity::Poll)) } else { Ok(Arc::clone(place.get(&all))) }
}

/// Does what a step says.
fn run(app: &mut Application, step: &Step) -> chat::Result<()> {
    match step {
        Step::CreateUser(number) => {
            let (id, nickname) = (user(*number), format!("User {number}"));
            users::create(app, NewUser { id, nickname, ..NewUser::default() })?;
        }
        Step::ChangeUser { user: number, nickname, active, stays } => {
            let known = users::find(app, &user(*number))?;
            let patch = UserPatch {
                nickname: nickname.map(|nickname| format!("Nick {nickname}")),
                active: *active,
                stays_when_deactivated: *stays,
                ..UserPatch::default()
            };
            users::update(app, &known, patch)?;
        }
        Step::DeleteUser(number) => {
            let known = users::find(app, &user(*number))?;
            users::remove(app, &known);
        }
        Step::CreateChannel { channel, traits, members, invited } => {
            create_channel(app, *channel, *traits, members, invited)?
        }
        Step::ChangeChannel { channel, public, operators } => {
            let channel = channels::find_by_any(app, &channel_id(*channel))?;
            let operators = operators.as_deref().map(named);
            channels::update(
                app,
                &channel,
                ChannelPatch { public: *public, operators, ..ChannelPatch::default() },
            )?;
        }
        Step::DeleteChannel(channel) => {
            let channel = channels::find_by_any(app, &channel_id(*channel))?;
            channels::remove(app, &channel);
        }
        Step::Invite { channel, users, joined, hidden } => {
            let channel = group(app, *channel)?;
            let state = joined.map(|joined| if joined { MemberState::Joined } else { MemberState::Invited });
            let invitation = Invitation {
                users: named(users),
                inviter: None,
                states: named(users).into_iter().filter_map(|user| Some((user, state?))).collect(),
                hidden: named(users)
                    .into_iter()
                    .filter(|_| *hidden)
                    .map(|user| (user, Hidden::UntilNextMessage))
                    .collect(),
            };
            membership::invite(app, &channel, &invitation)?;
        }
        Step::Join { channel, user: number } => {
            let channel = group(app, *channel)?;
            membership::join(app, &channel, &user(*number), "")?;
        }
        Step::Accept { channel, user: number } => {
            let channel = group(app, *channel)?;
            membership::accept(app, &channel, &user(*number), "")?;
        }
        Step::Decline { channel, user: number } => {
            let channel = group(app, *channel)?;
            membership::decline(app, &channel, &user(*number))?;
        }
        Step::Leave { channel, users } => {
            let channel = group(app, *channel)?;
            membership::leave(app, &channel, &named(users), true)?;
        }
        Step::Send(sending) => send(app, sending)?,
        Step::Edit { message, mentioned, everyone } => {
            let (message, channel) = pick(app, *message)?;
            let patch = MessagePatch {
                text: Some("edited".into()),
                mentioned: mentioned.as_deref().map(named),
                mentions_everyone: *everyone,
                ..MessagePatch::default()
            };
            messages::edit(app, &channel, &message, MessageKind::Text, patch)?;
        }
        Step::Remove(message) => {
            let (message, _) = pick(app, *message)?;
            messages::remove(app, &message);
        }
        Step::React { message, user: number, key } => {
            let (message, channel) = pick(app, *message)?;
            reactions::add(app, &channel, &message, &user(*number), &format!("key{key}"))?;
        }
        Step::Read { channel, user: number } => {
            let channel = group(app, *channel)?;
            reads::mark(app, &channel.id, &user(*number), None)?;
        }
        Step::BringIn { channel, user: number, offset, forward, back } => {
            let channel = group(app, *channel)?;
            let created_at = Some(Timestamp(BEGIN + offset));
            let new = NewMessage { created_at, ..NewMessage::text(&user(*number), "from elsewhere") };
            migration::bring_in(app, &channel, vec![new], Receipts { forward: *forward, back: *back })?;
        }
        Step::Ask { channel, user: number, several, closes } => {
            let channel = group(app, *channel)?;
            let close_at = closes.map_or(Timestamp::ZERO, |later| Timestamp(app.now().0 + later));
            let options = vec!["yes".into(), "no".into(), "perhaps".into()];
            let poll = NewPoll {
                title: "Well?".into(),
                options,
                takes_several_votes: *several,
                close_at,
                ..NewPoll::default()
            };
            let poll = polls::create(app, poll)?.poll.number;
            let new = NewMessage { poll: Some(poll), ..NewMessage::text(&user(*number), "words") };
            messages::send(app, &channel, new, SendRules::default())?;
        }
        Step::Vote { poll, user: number, choice } => {
            let poll = pick_poll(app, *poll)?;
            let offered = polls::view(app, &poll, None).options.unwrap_or_default();
            let chosen: Vec<_> = choice.iter().map(|place| place.get(&offered).option.number).collect();
            polls::vote(app, &poll, &user(*number), &chosen)?;
        }
        Step::ClosePoll(place) => {
            let poll = pick_poll(app, *place)?;
            polls::close(app, &poll)?;
        }
        Step::RemovePoll(place) => {
            let poll = pick_poll(app, *place)?;
            polls::remove(app, &poll);
        }
        Step::Schedule { channel, user: number, minutes } => {
            let channel = group(app, *channel)?;
            let at = Timestamp(app.now().0 + minutes * 60_000);
            scheduled::create(app, &channel, NewMessage::text(&user(*number), "later"), at)?;
        }
        Step::Cancel(place) => {
            let all: Vec<Arc<ScheduledMessage>> = app.scheduled.iter().cloned().collect();
            if !all.is_empty() {
                scheduled::cancel(app, &all[place.index(all.len())])?;
            }
        }
        Step::Settings { unread, last, past, accepts } => app.change_settings(|settings| {
            settings.unread_policy = policy(*unread);
            settings.last_message_policy = policy(*last);
            settings.display_past_messages = *past;
            settings.accepts_invitations = *accepts;
        }),
    }
    Ok(())
}

fn policy(number: u8) -> ReplyPolicy {
    [ReplyPolicy::All, ReplyPolicy::NoReplies, ReplyPolicy::ShownInChannel][usize::from(number)]
}

fn create_channel(
    app: &mut Application,
    channel: usize,
    traits: u8,
    members: &[usize],
    invited: &[usize],
) -> chat::Result<()> {
    let kind = if traits & 12 == 12 { ChannelKind::Open } else { ChannelKind::Group };
    let mut new = NewChannel::new(channel_id(channel), kind);
    new.name = format!("Channel {}", channel % 2);
    new.public = traits & 1 == 1;
    new.distinct = traits & 3 == 2;
    new.ephemeral = traits == 5;
    if kind == ChannelKind::Group {
        new.members.users = named(&[members, invited].concat());
        new.members.states = named(invited).into_iter().map(|user| (user, MemberState::Invited)).collect();
    }
    channels::create(app, new)?;
    Ok(())
}

fn send(app: &mut Application, sending: &Sending) -> chat::Result<()> {
    let channel = channels::find_by_any(app, &channel_id(sending.channel))?;
    let mut new = NewMessage::text(&user(sending.user), "words");
    match sending.kind {
        0 => new.kind = MessageKind::Admin,
        1 => {
            new.kind = MessageKind::File;
            new.file = Some(Attachment { link: Link::to("https://example.com/a.png"), ..Attachment::default() });
        }
        _ => {}
    }
    new.parent = sending.parent.map(|place| pick(app, place)).transpose()?.map(|(parent, _)| parent.id);
    new.silent = sending.silent;
    new.in_channel = sending.in_channel;
    new.marks_read = sending.marks_read;
    new.created_at = sending.dated.map(|offset| Timestamp(BEGIN + offset));
    new.mentioned = named(&sending.mentioned);
    new.mentions_everyone = sending.everyone;
    new.dedup_id = sending.dedup.map(|dedup| format!("dedup{dedup}"));
    messages::send(
        app,
        &channel,
        new,
        SendRules { limited: true, replies: ReplyRules { nested: sending.nested } },
    )?;
    Ok(())
}

/// All rows of a table, and its index.
type Copied<R, I> = (Vec<Arc<R>>, I);

macro_rules! tables {
    ($($field:ident: $row:ty, $index:ty;)*) => {
        /// Everything that an application holds.
        #[derive(Debug, PartialEq)]
        struct Copy {
            head: Head,
            $($field: Copied<$row, $index>,)*
        }

        fn copy(app: &Application) -> Copy {
            Copy {
                head: app.head().clone(),
                $($field: (app.$field.iter().cloned().collect(), app.$field.index().clone()),)*
            }
        }

        /// An application made of these rows alone, as the store loads one.
        fn loaded(copy: &Copy) -> Application {
            let mut app = empty();
            app.load_head(copy.head.clone());
            $(app.$field.load(copy.$field.0.iter().cloned());)*
            app
        }
    };
}

tables! {
    users: User, UserIndex;
    profiles: Profile, ();
    channels: Channel, ChannelIndex;
    members: Member, MemberIndex;
    messages: Message, MessageIndex;
    reactions: Reaction, ReactionIndex;
    pins: Pin, ();
    emoji_categories: EmojiCategory, ();
    emojis: Emoji, ();
    thread_pushes: ThreadPush, ();
    sanctions: Sanction, SanctionIndex;
    offence_records: OffenceRecord, ();
    blocks: Block, BlockIndex;
    type_operators: TypeOperator, ();
    reports: Report, ReportIndex;
    files: StoredFile, ();
    scheduled: ScheduledMessage, ScheduledIndex;
    polls: Poll, PollIndex;
    poll_options: PollOption, ();
    votes: Vote, VoteIndex;
    sessions: SessionToken, SessionIndex;
    session_keys: SessionKey, SessionKeyIndex;
    push_preferences: PushPreference, ();
    devices: DeviceToken, DeviceIndex;
    friends: Friend, FriendIndex;
    friend_changes: FriendChange, ();
    departures: Departure, ();
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn what_is_derived_equals_a_count_of_the_rows_and_undo_leads_back(steps in history(60)) {
        let mut app = empty();
        let mut past = Vec::new();
        for (later, step) in &steps {
            app.set_time(Timestamp(app.now().0 + later));
            let before = copy(&app);
            due::run(&mut app, &mut |_| {});
            let done = app.drain();
            app.take_events();
            prop_assert!(due::next(&app).is_none_or(|next| next > app.now()), "what is due is left undone");
            past.push((before, done, step));
            let before = copy(&app);
            let outcome = run(&mut app, step);
            let changes = app.drain();
            app.take_events();
            if outcome.is_err() {
                app.undo(&changes);
                prop_assert!(app.drain().is_empty(), "an undo is no change");
                prop_assert_eq!(copy(&app), before, "{:?} failed and left a trace", step);
                continue;
            }
            past.push((before, changes, step));
            let now = copy(&app);
            prop_assert_eq!(&copy(&loaded(&now)), &now, "an index remembers the way to it, after {:?}", step);
            counts_are_true(&app)?;
            nothing_is_left_alone(&app)?;
        }
        while let Some((before, changes, step)) = past.pop() {
            app.undo(&changes);
            prop_assert_eq!(copy(&app), before, "undoing {:?}", step);
        }
        prop_assert_eq!(copy(&app), copy(&empty()));
    }
}

proptest! {
    #![proptest_config(config(40))]

    /// Changes go to the store in batches of several verbs; what failed is not among them.
    #[test]
    fn what_the_store_brings_back_is_what_was_in_memory(steps in history(120), verbs in 1..30_usize) {
        let folder = tempfile::tempdir().unwrap();
        let place = At::File { database: folder.path().join("mynah.db"), files: folder.path().join("files") };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut app = empty();
        let mut batches = vec![Batch::default()];
        for (number, (later, step)) in steps.iter().enumerate() {
            app.set_time(Timestamp(app.now().0 + later));
            due::run(&mut app, &mut |_| {});
            let done = app.drain();
            let failed = run(&mut app, step).is_err();
            let changes = app.drain();
            app.take_events();
            if number % verbs == 0 {
                batches.push(Batch::default());
            }
            let batch = batches.last_mut().unwrap();
            batch.add(&app.id, &done);
            if failed { app.undo(&changes) } else { batch.add(&app.id, &changes) }
        }
        let brought = runtime.block_on(async {
            let mut store = Store::open(&place, Durability::Process).await.unwrap();
            for batch in &batches {
                store.commit(batch).await.unwrap();
            }
            let brought = store.reader().unwrap().load(&app.id).await.unwrap();
            store.close().await.unwrap();
            brought
        });
        let brought = brought.unwrap_or_else(empty);
        prop_assert_eq!(copy(&brought), copy(&app));
    }
}

/// Whether a policy counts a message.
fn counts(policy: ReplyPolicy, message: &Message) -> bool {
    match policy {
        ReplyPolicy::All => true,
        ReplyPolicy::NoReplies => message.parent.is_none(),
        ReplyPolicy::ShownInChannel => message.parent.is_none() || message.in_channel,
    }
}

fn is_from(message: &Message, user: &UserId) -> bool {
    message.sender.as_ref().is_some_and(|sender| sender.user == *user)
}

/// Counts the votes again from the rows alone.
fn votes_are_true(app: &Application) -> Result<(), TestCaseError> {
    for poll in app.polls.iter() {
        let votes = || app.votes.iter().filter(|vote| vote.poll == poll.number);
        let voters: BTreeSet<_> = votes().map(|vote| vote.user.clone()).collect();
        let view = polls::view(app, poll, None);
        prop_assert_eq!(view.voters, voters.len(), "voters of {:?}", poll);
        let counted: usize = view.options.iter().flatten().map(|option| option.votes).sum();
        prop_assert_eq!(counted, votes().count(), "votes of {:?}", poll);
        prop_assert!(poll.takes_several_votes || counted == voters.len(), "{:?}", poll);
        let message = poll.message.map(|message| app.messages.get(&message));
        let gone = message.flatten().is_some_and(|message| message.is_removed());
        prop_assert!(!gone || poll.state == PollState::Removed, "{:?} outlives its message", poll);
    }
    for row in app.scheduled.iter().filter(|row| row.state == ScheduledState::Pending) {
        let sender = row.sender.clone().expect("texts have a sender");
        let member = app.members.get(&(row.channel.clone(), sender));
        prop_assert!(member.is_some(), "{:?} waits for somebody who has left", row);
    }
    Ok(())
}

/// Counts everything again from the rows alone.
fn counts_are_true(app: &Application) -> Result<(), TestCaseError> {
    votes_are_true(app)?;
    let live = || app.messages.iter().filter(|message| !message.is_removed());
    let everybody: Vec<_> = (0..USERS).map(|number| UserId::from(user(number))).collect();
    let mut unread_of: BTreeMap<&UserId, (usize, usize)> = BTreeMap::new();
    for member in app.members.iter() {
        let since = member.read_at.max(member.counts_after).max(member.sees_after);
        let new = live()
            .filter(|message| member.state == MemberState::Joined && message.channel == member.channel)
            .filter(|message| !message.silent && !is_from(message, &member.user) && message.created_at > since)
            .filter(|message| counts(app.settings().unread_policy, message));
        let new: Vec<_> = new.collect();
        let calls = |message: &&Arc<Message>| match &message.mention {
            Mention::Users(users) => users.contains(&member.user),
            Mention::Channel(_) => true,
        };
        let expected = (new.len(), new.into_iter().filter(calls).count());
        let unread = reads::unread(app, member);
        prop_assert_eq!((unread.messages, unread.mentions), expected, "unread of {:?}", member);
        let everywhere = unread_of.entry(&member.user).or_default();
        *everywhere = (everywhere.0 + expected.0, everywhere.1 + usize::from(expected.0 > 0));
    }
    for user in &everybody {
        let expected = unread_of.get(user).copied().unwrap_or_default();
        let totals = reads::totals(app, user, &TotalFilter::default());
        prop_assert_eq!((totals.messages, totals.channels), expected, "unread of {}", user);
        let Some(user) = app.users.get(user) else { continue };
        let listed = |order| {
            let filter = MyFilter { hidden: HiddenMode::All, ..MyFilter::default() };
            let page = my_channels::list(app, user, &filter, (order, ""), (None, 1000), &Show::default());
            page.items.into_iter().map(|view| view.channel.number).collect::<Vec<_>>()
        };
        let own = app.channels.iter().filter(|channel| membership::find(app, &channel.id, &user.id).is_some());
        let mut own: Vec<_> = own.collect();
        let numbers = |own: &[&Arc<Channel>]| own.iter().map(|channel| channel.number).collect::<Vec<_>>();
        own.sort_by_key(|channel| (channel.name.to_lowercase(), channel.number));
        prop_assert_eq!(listed(ChannelOrder::Name), numbers(&own), "channels of {} by name", user.id);
        own.sort_by_key(|channel| Reverse(channel.number));
        prop_assert_eq!(listed(ChannelOrder::NewestFirst), numbers(&own), "channels of {}, newest first", user.id);
        own.sort_by_key(|channel| {
            let last = messages::last(app, channel, Some(&user.id)).map(|view| view.message.created_at);
            Reverse(last.unwrap_or(channel.created_at))
        });
        let listed = listed(ChannelOrder::LatestMessageFirst);
        prop_assert_eq!(listed, numbers(&own), "channels of {}, latest message first", user.id);
    }
    for root in app.messages.iter() {
        thread_is_true(app, root)?;
    }
    for channel in app.channels.iter() {
        let here = || live().filter(|message| message.channel == channel.id);
        prop_assert_eq!(messages::count(app, channel), here().count());
        for viewer in everybody.iter().map(Some).chain([None]) {
            let member = viewer.and_then(|viewer| membership::find(app, &channel.id, viewer));
            let sees_after = member.map_or(Timestamp::ZERO, |member| member.sees_after);
            let seen = here()
                .filter(|message| message.created_at > sees_after)
                .filter(|message| !message.silent || viewer.is_some_and(|viewer| is_from(message, viewer)))
                .filter(|message| counts(app.settings().last_message_policy, message));
            let expected = seen.max_by_key(|message| (message.created_at, message.id)).map(|message| message.id);
            let last = messages::last(app, channel, viewer).map(|view| view.message.id);
            prop_assert_eq!(last, expected, "last message of {} for {:?}", channel.id, viewer);
        }
        let members = || app.members.iter().filter(|member| member.channel == channel.id);
        let joined = members().filter(|member| member.state == MemberState::Joined);
        prop_assert_eq!(membership::counts(app, &channel.id), (members().count(), joined.count()));
        let undated: Vec<_> = app.messages.iter().filter(|m| m.channel == channel.id && !m.dated).collect();
        let rises = undated.windows(2).all(|pair| pair[0].created_at < pair[1].created_at);
        prop_assert!(rises, "moments of {} do not rise", channel.id);
    }
    for user in app.users.iter() {
        let own = || live().filter(|message| is_from(message, &user.id));
        let activity = users::activity(app, user);
        let reacted = app.reactions.iter().filter(|reaction| reaction.user == user.id);
        let expected = (own().count(), own().filter(|message| message.parent.is_some()).count(), reacted.count());
        prop_assert_eq!((activity.messages, activity.replies, activity.reactions), expected, "{}", user.id);
    }
    Ok(())
}

fn thread_is_true(app: &Application, root: &Message) -> Result<(), TestCaseError> {
    let all: Vec<_> = app.messages.iter().filter(|message| message.root == Some(root.id)).collect();
    let live = || all.iter().filter(|message| !message.is_removed());
    let Some(view) = threads::view(app, root) else {
        prop_assert_eq!(live().count(), 0, "the thread of {} is missing", root.id);
        return Ok(());
    };
    prop_assert_eq!(view.replies, live().count());
    prop_assert_eq!(Some(view.last_replied_at), live().map(|message| message.created_at).max());
    prop_assert_eq!(Some(view.updated_at), all.iter().map(|message| message.changed_at()).max());
    let mut counts: BTreeMap<&UserId, usize> = BTreeMap::new();
    for sender in live().filter_map(|message| message.sender.as_ref()) {
        *counts.entry(&sender.user).or_default() += 1;
    }
    let mut most: Vec<_> = counts.into_iter().filter(|(user, _)| app.users.contains(user.as_str())).collect();
    most.sort_by_key(|(user, count)| (std::cmp::Reverse(*count), *user));
    let most: Vec<_> = most.into_iter().take(5).map(|(user, _)| user).collect();
    prop_assert_eq!(view.most_active.iter().map(|profile| &profile.user).collect::<Vec<_>>(), most);
    Ok(())
}

/// Every row that another points to is there.
fn nothing_is_left_alone(app: &Application) -> Result<(), TestCaseError> {
    for member in app.members.iter() {
        prop_assert!(app.users.contains(&member.user), "{:?} has no user", member);
        prop_assert!(app.channels.contains(&member.channel), "{:?} has no channel", member);
    }
    for message in app.messages.iter() {
        prop_assert!(app.channels.contains(&message.channel), "{:?} has no channel", message);
        if let Some(sender) = &message.sender {
            prop_assert_eq!(app.profiles.get(&sender.number), Some(sender), "the profile of a sender");
        }
        let here = |id: &MessageId| app.messages.get(id).filter(|other| other.channel == message.channel);
        prop_assert_eq!(message.parent.is_some(), message.root.is_some());
        prop_assert!(message.parent.as_ref().is_none_or(|parent| here(parent).is_some()), "{:?}", message);
        let root = message.root.as_ref().map(here);
        prop_assert!(root.is_none_or(|root| root.is_some_and(|root| root.root.is_none())), "{:?}", message);
    }
    for reaction in app.reactions.iter() {
        prop_assert!(app.messages.contains(&reaction.message), "{:?} has no message", reaction);
    }
    Ok(())
}

/// Walks through a list page by page while others come and go, and collects what it gives.
fn walk<T>(
    app: &mut Application,
    mut page: impl FnMut(&Application, Option<&Place>) -> Page<T>,
    mut between: impl FnMut(&mut Application),
    name: impl Fn(&T) -> String,
) -> Vec<String> {
    let (mut given, mut after) = (Vec::new(), None);
    loop {
        let part = page(app, after.as_ref());
        given.extend(part.items.iter().map(&name));
        after = part.next;
        if after.is_none() {
            return given;
        }
        between(app);
    }
}

/// Asserts that each of those who stayed was given exactly once, and nobody twice.
fn each_once(given: &[String], stayed: &BTreeSet<String>) -> Result<(), TestCaseError> {
    let set: BTreeSet<_> = given.iter().cloned().collect();
    prop_assert_eq!(set.len(), given.len(), "somebody was given twice: {:?}", given);
    prop_assert!(stayed.is_subset(&set), "missed: {:?}", stayed.difference(&set).collect::<Vec<_>>());
    Ok(())
}

fn add_user(app: &mut Application, id: String, nickname: u8) {
    let nickname = format!("Nick {nickname}");
    users::create(app, NewUser { id, nickname, ..NewUser::default() }).unwrap();
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn pages_of_users_and_members_give_each_who_stays_once(
        nicknames in vec((0..4_u8, any::<bool>()), 1..40),
        limit in 1..9_usize,
        operators in any::<bool>(),
        comings in vec((0..4_u8, any::<Index>()), 1..6),
    ) {
        let mut app = empty();
        // More may come than a channel takes by itself.
        app.change_settings(|settings| settings.capacity.members = 1000);
        for (number, (nickname, _)) in nicknames.iter().enumerate() {
            add_user(&mut app, format!("first{number}"), *nickname);
        }
        let mut new = NewChannel::new("lobby".into(), ChannelKind::Group);
        new.members.users = (0..nicknames.len()).map(|number| format!("first{number}")).collect();
        new.operators = new.members.users.iter().step_by(3).cloned().collect();
        let lobby = channels::create(&mut app, new).unwrap();
        let (mut leavers, mut stayed) = (Vec::new(), BTreeSet::new());
        for (number, (_, stays)) in nicknames.iter().enumerate() {
            let id = format!("first{number}");
            if *stays { stayed.insert(id); } else { leavers.push(id); }
        }

        let order = if operators { MemberOrder::OperatorsThenNickname } else { MemberOrder::Nickname };
        let mut turn = 0;
        let mut between = |app: &mut Application| {
            let (nickname, leaver) = &comings[turn % comings.len()];
            turn += 1;
            let id = format!("later{turn}");
            add_user(app, id.clone(), *nickname);
            membership::invite(app, &lobby, &Invitation { users: vec![id], ..Invitation::default() }).unwrap();
            if turn % 2 == 0 && !leavers.is_empty() {
                let gone = leavers.remove(leaver.index(leavers.len()));
                let gone = users::find(app, &gone).unwrap();
                users::remove(app, &gone);
            }
        };
        let members = |app: &Application, after: Option<&Place>| {
            membership::list(app, &lobby, &MemberFilter::default(), order, after, limit)
        };
        // Those who come behind the place make the list longer, so both walks end only for want of rows.
        let mut rounds = 0;
        let given = walk(
            &mut app,
            members,
            |app| {
                rounds += 1;
                if rounds < 30 {
                    between(app);
                }
            },
            |view| view.user.id.to_string(),
        );
        each_once(&given, &stayed)?;
        let filter = UserFilter::default();
        let list = |app: &Application, after: Option<&Place>| users::list(app, &filter, after, limit);
        let given = walk(&mut app, list, between, |user| user.id.to_string());
        each_once(&given, &stayed)?;
    }

    #[test]
    fn pages_of_channels_in_every_order_give_each_that_stays_once(
        names in vec((0..4_u8, any::<bool>(), any::<bool>()), 1..30),
        limit in 1..7_usize,
        order in 0..4_usize,
        comings in vec((0..4_u8, any::<Index>()), 1..6),
    ) {
        let mut app = empty();
        add_user(&mut app, "ada".into(), 0);
        let add = |app: &mut Application, id: String, name: u8| {
            app.set_time(Timestamp(app.now().0 + i64::from(name)));
            let mut new = NewChannel::new(id, ChannelKind::Group);
            new.name = format!("Name {name}");
            if name > 0 {
                new.metadata.insert("rank".into(), name.to_string());
            }
            new.members.users = vec!["ada".into()];
            channels::create(app, new).unwrap()
        };
        let say = |app: &mut Application, channel: &Arc<Channel>| {
            messages::send(app, channel, NewMessage::text("ada", "words"), SendRules::default()).unwrap();
        };
        let (mut movers, mut stayed) = (Vec::new(), BTreeSet::new());
        for (number, (name, stays, speaks)) in names.iter().enumerate() {
            let channel = add(&mut app, format!("first{number}"), *name);
            if *speaks {
                say(&mut app, &channel);
            }
            if *stays { stayed.insert(channel.id.to_string()); } else { movers.push(channel); }
        }

        let orders = [
            ChannelOrder::NewestFirst,
            ChannelOrder::LatestMessageFirst,
            ChannelOrder::Name,
            ChannelOrder::Metadata,
        ];
        let list = |app: &Application, after: Option<&Place>| {
            let (filter, order) = (ChannelFilter::default(), (orders[order], "rank"));
            channels::list(app, Some(ChannelKind::Group), &filter, order, (after, limit), &Show::default())
        };
        let mut turn = 0;
        let between = |app: &mut Application| {
            let (name, mover) = &comings[turn % comings.len()];
            turn += 1;
            if turn < 30 {
                add(app, format!("later{turn}"), *name);
            }
            if turn % 2 == 0 && !movers.is_empty() {
                let channel = movers.remove(mover.index(movers.len()));
                channels::remove(app, &channel);
            }
        };
        let given = walk(&mut app, list, between, |view| view.channel.id.to_string());
        each_once(&given, &stayed)?;
    }

    #[test]
    fn pages_of_messages_in_both_directions_give_each_once(
        first in vec((option::weighted(0.3, 0..40_i64), any::<bool>()), 1..60),
        limit in 1..9_i64,
        reverse in any::<bool>(),
        comings in vec((option::weighted(0.5, 0..40_i64), any::<Index>()), 1..6),
    ) {
        let mut app = empty();
        add_user(&mut app, "ada".into(), 0);
        let mut new = NewChannel::new("lobby".into(), ChannelKind::Group);
        new.members.users = vec!["ada".into()];
        let lobby = channels::create(&mut app, new).unwrap();
        let say = |app: &mut Application, dated: Option<i64>| {
            app.set_time(app.now().next());
            let mut new = NewMessage::text("ada", "words");
            new.created_at = dated.map(|offset| Timestamp(BEGIN + offset));
            messages::send(app, &lobby, new, SendRules::default()).unwrap().message
        };
        let (mut leavers, mut stayed) = (Vec::new(), BTreeSet::new());
        for (dated, stays) in &first {
            let message = say(&mut app, *dated);
            if *stays { stayed.insert(message.id.to_string()); } else { leavers.push(message); }
        }

        let end = if reverse { i64::MAX } else { 0 };
        let mut question = Question {
            anchor: Anchor::At(Timestamp(end)),
            before: if reverse { limit } else { 0 },
            after: if reverse { 0 } else { limit },
            inclusive: false,
            reverse,
            filter: MessageFilter::default(),
            include: Include::default(),
        };
        let mut given = Vec::new();
        for turn in 0.. {
            let page = messages::list(&app, &lobby, &question).unwrap();
            let Some(last) = page.last() else { break };
            prop_assert!(page.len() <= usize::try_from(limit).unwrap());
            question.anchor = Anchor::Message(last.message.id);
            given.extend(page.iter().map(|view| view.message.id.to_string()));
            let (dated, leaver) = &comings[turn % comings.len()];
            if turn < 20 {
                say(&mut app, *dated);
            }
            if turn % 2 == 0 && !leavers.is_empty() {
                let gone = leavers.remove(leaver.index(leavers.len()));
                messages::remove(&mut app, &gone);
            }
        }
        each_once(&given, &stayed)?;
        let moments = |id: &String| app.messages.get(&MessageId(id.parse().unwrap())).unwrap().created_at;
        let sorted = given.windows(2).all(|pair| (moments(&pair[0]) <= moments(&pair[1])) != reverse
            || moments(&pair[0]) == moments(&pair[1]));
        prop_assert!(sorted, "{given:?}");
    }
}
