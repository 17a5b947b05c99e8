//! Sanctions that end by the clock, blocks, pins, complaints, and what users prefer.

use mynah::{
    chat::{
        blocks::{self, Side},
        devices, friends, operators, pins,
        push::{self, PushPatch},
        reports::{self, About, NewReport},
        sanctions::{self, Sentence},
        standing::{self, WakePatch, Whom},
    },
    model::{
        channel::Counted,
        moderation::{SanctionKind, Scope, Subject},
        push::{DaySchedule, DeviceKind, PushTrigger, TimeWindow},
    },
};

use super::*;

const KINDS: [SanctionKind; 2] = [SanctionKind::Ban, SanctionKind::Mute];

/// One thing that somebody does.
#[derive(Clone, Debug)]
enum Deed {
    Common(Step),
    Sanction { ban: bool, channel: usize, user: usize, seconds: i64, agent: Option<usize> },
    SanctionOnType { ban: bool, custom_type: usize, users: Vec<(usize, i64)> },
    Lift { ban: bool, of_type: bool, scope: usize, users: Vec<usize> },
    Revise { channel: usize, user: usize, seconds: i64, long: bool },
    Operate { user: usize, types: Vec<usize> },
    Block { user: usize, targets: Vec<usize> },
    Unblock { user: usize, target: usize },
    Pin(Index),
    Unpin(Index),
    Report { channel: usize, about: u8, user: usize, message: Index, long: bool },
    Prefer { user: usize, hour: Option<i64>, windows: Vec<(i64, i64)>, snooze: Option<(i64, i64)>, zone: bool },
    Reset(usize),
    AddDevice { user: usize, token: u8, unique: bool },
    RemoveDevice { user: usize, token: u8 },
    AddFriends { user: usize, friends: Vec<usize> },
    RemoveFriends { user: usize, friends: Vec<usize> },
    Stand { channel: usize, user: Option<usize>, how: u8 },
}

/// Custom types: none, and two that have a name.
fn custom_type(number: usize) -> &'static str {
    ["", "shop", "game"][number % 3]
}

fn kind(ban: bool) -> SanctionKind {
    if ban { SanctionKind::Ban } else { SanctionKind::Mute }
}

fn deed() -> impl Strategy<Value = Deed> {
    let people = || vec(0..USERS, 0..4);
    let on = || (0..CHANNELS, 0..USERS);
    // For good, too short, for a while, too long.
    let seconds =
        || prop_oneof![1 => Just(-1_i64), 1 => Just(-2), 1 => Just(0), 8 => 1..40_i64, 1 => Just(1 << 40)];
    let punishing = prop_oneof![
        6 => (any::<bool>(), on(), seconds(), option::weighted(0.2, 0..USERS)).prop_map(
            |(ban, (channel, user), seconds, agent)| Deed::Sanction { ban, channel, user, seconds, agent }
        ),
        3 => (any::<bool>(), 0..3_usize, vec((0..USERS, seconds()), 0..3))
            .prop_map(|(ban, custom_type, users)| Deed::SanctionOnType { ban, custom_type, users }),
        3 => (any::<bool>(), any::<bool>(), 0..CHANNELS, people())
            .prop_map(|(ban, of_type, scope, users)| Deed::Lift { ban, of_type, scope, users }),
        2 => (on(), seconds(), proptest::bool::weighted(0.2))
            .prop_map(|((channel, user), seconds, long)| Deed::Revise { channel, user, seconds, long }),
        1 => (0..USERS, vec(0..3_usize, 0..3)).prop_map(|(user, types)| Deed::Operate { user, types }),
        3 => (0..USERS, people()).prop_map(|(user, targets)| Deed::Block { user, targets }),
        2 => (0..USERS, 0..USERS).prop_map(|(user, target)| Deed::Unblock { user, target }),
        2 => (0..CHANNELS, 0..3_u8, 0..USERS, any::<Index>(), proptest::bool::weighted(0.1)).prop_map(
            |(channel, about, user, message, long)| Deed::Report { channel, about, user, message, long }
        ),
    ];
    let preferring = prop_oneof![
        3 => (0..USERS, option::of(-1..25_i64), vec((0..1440_i64, 0..1441_i64), 0..3),
              option::of((0..9_i64, 0..9_i64)), proptest::bool::weighted(0.8)).prop_map(
            |(user, hour, windows, snooze, zone)| Deed::Prefer { user, hour, windows, snooze, zone }
        ),
        1 => (0..USERS).prop_map(Deed::Reset),
        2 => (0..USERS, 0..4_u8, any::<bool>())
            .prop_map(|(user, token, unique)| Deed::AddDevice { user, token, unique }),
        1 => (0..USERS, 0..4_u8).prop_map(|(user, token)| Deed::RemoveDevice { user, token }),
        2 => (0..USERS, people()).prop_map(|(user, friends)| Deed::AddFriends { user, friends }),
        1 => (0..USERS, people()).prop_map(|(user, friends)| Deed::RemoveFriends { user, friends }),
        3 => (0..CHANNELS, option::weighted(0.7, 0..USERS), 0..5_u8)
            .prop_map(|(channel, user, how)| Deed::Stand { channel, user, how }),
    ];
    prop_oneof![
        12 => step().prop_map(Deed::Common),
        14 => punishing,
        6 => preferring,
        4 => any::<Index>().prop_map(Deed::Pin),
        2 => any::<Index>().prop_map(Deed::Unpin),
    ]
}

fn sentence(seconds: i64) -> Sentence {
    Sentence { seconds, description: "rude".into(), agent: None }
}

/// A text, or one that is too long for every field.
fn words(long: bool) -> String {
    if long { "long".repeat(1000) } else { "short".into() }
}

/// Does what a deed says. The channel of number 1 is of a custom type, so that sanctions on it hold somewhere.
fn act(app: &mut Application, deed: &Deed) -> chat::Result<()> {
    match deed {
        Deed::Common(step) => run(app, step)?,
        Deed::Sanction { ban, channel, user: number, seconds, agent } => {
            let channel = channels::find_by_any(app, &channel_id(*channel))?;
            let sentence = Sentence { agent: agent.map(user), ..sentence(*seconds) };
            sanctions::impose(app, &channel, kind(*ban), &user(*number), &sentence)?;
        }
        Deed::SanctionOnType { ban, custom_type: number, users } => {
            let sentences: Vec<_> =
                users.iter().map(|(number, seconds)| (user(*number), sentence(*seconds))).collect();
            sanctions::impose_on_type(app, custom_type(*number), kind(*ban), &sentences)?;
        }
        Deed::Lift { ban, of_type, scope, users } => {
            let scope = if *of_type {
                Scope::CustomType(custom_type(*scope).into())
            } else {
                sanctions::in_channel(&*channels::find_by_any(app, &channel_id(*scope))?)
            };
            sanctions::lift(app, kind(*ban), &scope, &named(users))?;
        }
        Deed::Revise { channel, user: number, seconds, long } => {
            let channel = channels::find_by_any(app, &channel_id(*channel))?;
            sanctions::revise(app, &channel, &user(*number), *seconds, Some(words(*long)))?;
        }
        Deed::Operate { user: number, types } => {
            let known = users::find(app, &user(*number))?;
            let types: Vec<_> = types.iter().map(|number| custom_type(*number).to_owned()).collect();
            operators::operate_types(app, &known, &types)?;
        }
        Deed::Block { user: number, targets } => {
            let known = users::find(app, &user(*number))?;
            blocks::block(app, &known, &named(targets))?;
        }
        Deed::Unblock { user: number, target } => {
            let known = users::find(app, &user(*number))?;
            blocks::unblock(app, &known, &user(*target))?;
        }
        Deed::Pin(message) => {
            let (message, channel) = pick(app, *message)?;
            pins::pin(app, &channel, &message)?;
        }
        Deed::Unpin(message) => {
            let (message, _) = pick(app, *message)?;
            pins::unpin(app, &message)?;
        }
        Deed::Report { channel, about, user: number, message, long } => {
            report(app, *channel, (*about, *message), *number, *long)?;
        }
        Deed::Prefer { user: number, hour, windows, snooze, zone } => {
            let known = users::find(app, &user(*number))?;
            push::update(app, &known, wish(*hour, windows, *snooze, *zone))?;
        }
        Deed::Reset(number) => {
            let known = users::find(app, &user(*number))?;
            push::reset(app, &known);
        }
        Deed::AddDevice { user: number, token, unique } => {
            let known = users::find(app, &user(*number))?;
            devices::add(app, &known, DeviceKind::Apns, &format!("token{token}"), *unique);
        }
        Deed::RemoveDevice { user: number, token } => {
            let known = users::find(app, &user(*number))?;
            devices::remove(app, &known, DeviceKind::Apns, &format!("token{token}"))?;
        }
        Deed::AddFriends { user: number, friends } => {
            let known = users::find(app, &user(*number))?;
            friends::add(app, &known, &friends::Wanted { users: named(friends), keys: Vec::new() })?;
        }
        Deed::RemoveFriends { user: number, friends } => {
            let known = users::find(app, &user(*number))?;
            friends::remove(app, &known, &friends::Wanted { users: named(friends), keys: Vec::new() });
        }
        Deed::Stand { channel, user, how } => stand(app, *channel, *user, *how)?,
    }
    Ok(())
}

fn report(
    app: &mut Application,
    channel: usize,
    (about, message): (u8, Index),
    number: usize,
    long: bool,
) -> chat::Result<()> {
    let new = NewReport {
        category: "spam".into(),
        custom_category: String::new(),
        reporter: Some(user(number)),
        offender: None,
        description: words(long),
    };
    match about {
        0 => {
            let channel = channels::find_by_any(app, &channel_id(channel))?;
            reports::report(app, &channel, About::Channel, new)?;
        }
        1 => {
            let channel = channels::find_by_any(app, &channel_id(channel))?;
            let offender = users::find(app, &user((number + 1) % USERS))?;
            reports::report(app, &channel, About::User(&offender), new)?;
        }
        _ => {
            let (message, channel) = pick(app, message)?;
            reports::report(app, &channel, About::Message(&message), new)?;
        }
    }
    Ok(())
}

fn wish(hour: Option<i64>, windows: &[(i64, i64)], snooze: Option<(i64, i64)>, zone: bool) -> PushPatch {
    let windows: Vec<_> = windows
        .iter()
        .map(|(start, end)| TimeWindow {
            start_hour: start / 60,
            start_min: start % 60,
            end_hour: end / 60,
            end_min: end % 60,
        })
        .collect();
    PushPatch {
        trigger: Some(PushTrigger::Mentions),
        do_not_disturb: Some(true),
        start_hour: hour,
        schedules: Some(vec![DaySchedule { day: 6, windows }]),
        snooze_from: snooze.map(|(from, _)| BEGIN + from),
        snooze_until: snooze.map(|(_, until)| BEGIN + until),
        timezone: Some(if zone { "Europe/Vienna".into() } else { "no zone".into() }),
        ..PushPatch::default()
    }
}

fn stand(app: &mut Application, channel: usize, number: Option<usize>, how: u8) -> chat::Result<()> {
    let channel = group(app, channel)?;
    let whom = number.map_or(Whom::Everyone, |number| Whom::One(user(number)));
    let one = user(number.unwrap_or(0));
    match how {
        0 => standing::hide(app, &channel, &whom, Hidden::UntilNextMessage, number.is_none()),
        1 => standing::show(app, &channel, &whom),
        2 => standing::reset_history(app, &channel, &whom).map(drop),
        3 => standing::count(app, &channel, &one, Counted::Mentions),
        _ => {
            let patch = WakePatch { push: Some(Some(PushTrigger::Off)), sound: Some("bell".into()) };
            standing::wake(app, &channel, &one, patch).map(drop)
        }
    }
}

/// Histories in which there is somebody to punish: users, members, messages, a channel of a custom type.
fn history_of_deeds(length: usize) -> impl Strategy<Value = Vec<(i64, Deed)>> {
    let beginning = history(12)
        .prop_map(|steps| steps.into_iter().map(|(later, step)| (later, Deed::Common(step))).collect::<Vec<_>>());
    (beginning, vec((prop_oneof![3 => 0..4_i64, 2 => 1_000..20_000_i64], deed()), 1..length)).prop_map(
        |(mut deeds, more)| {
            deeds.extend(more);
            deeds
        },
    )
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn what_moderators_and_preferences_do_is_undone_whole_and_fails_whole(deeds in history_of_deeds(50)) {
        let mut app = empty();
        let mut past = Vec::new();
        for (later, deed) in &deeds {
            app.set_time(Timestamp(app.now().0 + later));
            due::run(&mut app, &mut |_| {});
            past.push((None, app.drain()));
            app.take_events();
            let before = copy(&app);
            let outcome = act(&mut app, deed);
            let changes = app.drain();
            app.take_events();
            if outcome.is_err() && !matches!(deed, Deed::Common(_)) {
                prop_assert!(changes.is_empty(), "{:?} failed and changed something", deed);
            }
            if outcome.is_err() {
                app.undo(&changes);
                prop_assert_eq!(copy(&app), before, "{:?} failed and left a trace", deed);
                continue;
            }
            type_channels(&mut app);
            let typed = app.drain();
            let now = copy(&app);
            past.push((Some((before, deed)), changes));
            past.push((None, typed));
            prop_assert_eq!(&copy(&loaded(&now)), &now, "an index remembers the way to it, after {:?}", deed);
            sanctions_are_true(&app)?;
            blocks_pins_and_reports_are_true(&app)?;
            preferences_are_true(&app)?;
        }
        while let Some((before, changes)) = past.pop() {
            app.undo(&changes);
            if let Some((before, deed)) = before {
                prop_assert_eq!(copy(&app), before, "undoing {:?}", deed);
            }
        }
        prop_assert_eq!(copy(&app), copy(&empty()));
    }
}

/// Gives every channel the custom type of its number, as soon as it is there.
fn type_channels(app: &mut Application) {
    for number in 0..CHANNELS {
        let wanted = custom_type(number);
        if let Some(channel) = app.channels.get(channel_id(number).as_str()).cloned()
            && *channel.custom_type != *wanted
        {
            let patch = ChannelPatch { custom_type: Some(wanted.into()), ..ChannelPatch::default() };
            channels::update(app, &channel, patch).unwrap();
            app.take_events();
            // Who is banned from the type is not thrown out by that alone, so nobody may be in.
            let banned = app.sanctions.iter().filter(|row| row.kind == SanctionKind::Ban && row.holds(app.now()));
            let of_type = banned.filter(|row| row.scope == Scope::CustomType(wanted.into()));
            let banned: Vec<_> = of_type.map(|row| row.user.to_string()).collect();
            let channel = channels::find_by_any(app, &channel_id(number)).unwrap();
            membership::leave(app, &channel, &banned, false).unwrap();
            app.take_events();
        }
    }
}

/// Asks about every sanction again from the rows and the clock alone.
fn sanctions_are_true(app: &Application) -> Result<(), TestCaseError> {
    for row in app.sanctions.iter() {
        prop_assert!(app.users.contains(&row.user), "{:?} has no user", row);
        if let Scope::Channel(channel) = &row.scope {
            prop_assert!(app.channels.contains(channel), "{:?} has no channel", row);
        }
        prop_assert!(row.starts_at <= row.ends_at, "{:?}", row);
    }
    let holding = || app.sanctions.iter().filter(|row| app.now() < row.ends_at);
    for kind in KINDS {
        for channel in app.channels.iter() {
            let here = Scope::Channel(channel.id.clone());
            let of_type = Scope::CustomType(channel.custom_type.clone());
            let counts = |row: &&Arc<Sanction>| row.kind == kind && (row.scope == here || row.scope == of_type);
            for user in app.users.iter() {
                let expected =
                    holding().filter(counts).filter(|row| row.user == user.id).map(|row| row.ends_at).max();
                let held = sanctions::holding(app, kind, channel, &user.id).map(|row| row.ends_at);
                prop_assert_eq!(held, expected, "{:?} of {} in {}", kind, user.id, channel.id);
            }
            let mut expected: Vec<_> = holding().filter(|row| row.kind == kind && row.scope == here).collect();
            prop_assert_eq!(sanctions::count(app, kind, &here), expected.len());
            expected.sort_by_key(|row| std::cmp::Reverse(row.number));
            let listed = sanctions::list(app, kind, &here, None, 100).items;
            prop_assert!(listed.iter().map(|view| &view.sanction).eq(expected), "{:?} in {}", kind, channel.id);
        }
        for user in app.users.iter() {
            let of_channel = |row: &&Arc<Sanction>| row.kind == kind && matches!(row.scope, Scope::Channel(_));
            let mut expected: Vec<_> = holding().filter(of_channel).filter(|row| row.user == user.id).collect();
            expected.sort_by_key(|row| std::cmp::Reverse(row.number));
            let listed = sanctions::of_user(app, kind, user, None, 100).items;
            prop_assert!(listed.iter().map(|view| &view.sanction).eq(expected), "{:?} of {}", kind, user.id);
        }
    }
    for member in app.members.iter() {
        let channel = app.channels.get(&member.channel).expect("members are in channels that exist");
        let ban = sanctions::holding(app, SanctionKind::Ban, channel, &member.user);
        prop_assert_eq!(ban, None, "somebody who is banned is in");
    }
    Ok(())
}

fn blocks_pins_and_reports_are_true(app: &Application) -> Result<(), TestCaseError> {
    let everybody = UserFilter::default();
    for user in app.users.iter() {
        for (side, blocks) in [(Side::Blocked, true), (Side::Blocking, false)] {
            let (of, other) = (|row: &Block| row.blocker == user.id, |row: &Block| row.blocked == user.id);
            let mut rows: Vec<_> =
                app.blocks.iter().filter(|row| if blocks { of(row) } else { other(row) }).collect();
            rows.sort_by_key(|row| std::cmp::Reverse(row.number));
            let expected = rows.iter().map(|row| if blocks { &row.blocked } else { &row.blocker });
            let listed = blocks::list(app, user, side, &everybody, None, 100).items;
            prop_assert!(listed.iter().map(|user| &user.id).eq(expected), "{:?} of {}", side, user.id);
        }
    }
    for row in app.blocks.iter() {
        prop_assert!(app.users.contains(&row.blocker) && app.users.contains(&row.blocked), "{:?}", row);
        prop_assert!(row.blocker != row.blocked, "{:?}", row);
        prop_assert!(blocks::is_blocking(app, &row.blocker, &row.blocked));
    }
    for channel in app.channels.iter() {
        let mut rows: Vec<_> = app.pins.iter().filter(|pin| pin.channel == channel.id).collect();
        prop_assert!(rows.len() <= 10, "{} has {} pins", channel.id, rows.len());
        rows.sort_by_key(|pin| std::cmp::Reverse(pin.number));
        let pinned: Vec<_> = pins::of(app, &channel.id).iter().map(|message| message.id).collect();
        prop_assert_eq!(pinned, rows.iter().map(|pin| pin.message).collect::<Vec<_>>());
    }
    for pin in app.pins.iter() {
        let message = app.messages.get(&pin.message);
        prop_assert!(message.is_some_and(|m| m.channel == pin.channel && !m.is_removed()), "{:?}", pin);
    }
    let numbers = |about: Option<&Subject>| -> Vec<i64> {
        let listed = reports::list(app, about, (None, None), None, 1000).items;
        listed.iter().map(|view| view.report.number).collect()
    };
    let all: Vec<_> = app.reports.iter().rev().collect();
    prop_assert_eq!(numbers(None), all.iter().map(|row| row.number).collect::<Vec<_>>());
    for row in &all {
        let same = |other: &&&Arc<Report>| match other.kind {
            _ if other.kind != row.kind => false,
            mynah::model::moderation::ReportKind::Channel => other.channel == row.channel,
            mynah::model::moderation::ReportKind::User => {
                other.offender.as_ref().map(|user| &user.user) == row.offender.as_ref().map(|user| &user.user)
            }
            mynah::model::moderation::ReportKind::Message => other.message == row.message,
        };
        let subject = match (&row.message, &row.offender) {
            (Some(message), _) => Subject::Message(*message),
            (None, Some(user)) => Subject::User(user.user.clone()),
            (None, None) => Subject::Channel(row.channel.clone()),
        };
        let expected: Vec<_> = all.iter().filter(same).map(|row| row.number).collect();
        prop_assert_eq!(numbers(Some(&subject)), expected, "about {:?}", subject);
    }
    Ok(())
}

fn preferences_are_true(app: &Application) -> Result<(), TestCaseError> {
    for row in app.push_preferences.iter() {
        let user = app.users.get(&row.user);
        prop_assert!(user.is_some_and(|user| push::preference(app, user) == *row), "{:?}", row);
        for window in row.schedules.iter().flat_map(|schedule| &schedule.windows) {
            let (start, end) = window.minutes();
            prop_assert!(start <= end && end < 24 * 60, "{:?} crosses midnight", window);
        }
        let days: Vec<_> = row.schedules.iter().map(|schedule| schedule.day).collect();
        prop_assert!(days.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", days);
    }
    for row in app.devices.iter() {
        prop_assert!(app.users.contains(&row.user), "{:?} has no user", row);
        let owners: Vec<_> = app.devices.iter().filter(|other| other.token == row.token).collect();
        let expected = owners.iter().map(|other| &other.user);
        prop_assert!(devices::owners(app, row.kind, &row.token).iter().eq(expected));
    }
    for row in app.friends.iter() {
        prop_assert!(app.users.contains(&row.user) && app.users.contains(&row.friend), "{:?}", row);
        prop_assert!(row.user != row.friend, "{:?}", row);
    }
    Ok(())
}

/// The lists that are walked while their rows come and go.
#[derive(Clone, Copy, Debug)]
enum Listed {
    Bans,
    Mutes,
    BansOnType,
    BansOfUser,
    Blocked,
    Blocking,
    Pins,
    Reports,
    Friends,
}

const LISTED: [Listed; 9] = [
    Listed::Bans,
    Listed::Mutes,
    Listed::BansOnType,
    Listed::BansOfUser,
    Listed::Blocked,
    Listed::Blocking,
    Listed::Pins,
    Listed::Reports,
    Listed::Friends,
];

/// Somewhere with ada and a lobby.
fn lobby() -> (Application, Arc<User>, Arc<Channel>) {
    let mut app = empty();
    add_user(&mut app, "ada".into(), 0);
    let mut new = NewChannel::new("lobby".into(), ChannelKind::Group);
    new.members.users = vec!["ada".into()];
    let lobby = channels::create(&mut app, new).unwrap();
    let ada = users::find(&app, "ada").unwrap();
    (app, ada, lobby)
}

impl Listed {
    /// Adds a row. One that does not stay ends by the clock, where rows do. Tells its name.
    fn add(self, app: &mut Application, id: &str, stays: bool) -> String {
        let (ada, lobby) = (users::find(app, "ada").unwrap(), channels::find_by_any(app, "lobby").unwrap());
        let seconds = if stays { -1 } else { 60 };
        match self {
            Self::Bans | Self::Mutes => {
                add_user(app, id.into(), 0);
                let kind = kind(matches!(self, Self::Bans));
                sanctions::impose(app, &lobby, kind, id, &sentence(seconds)).unwrap();
            }
            Self::BansOnType => {
                add_user(app, id.into(), 0);
                let sentences = [(id.to_owned(), sentence(seconds))];
                sanctions::impose_on_type(app, "shop", SanctionKind::Ban, &sentences).unwrap();
            }
            Self::BansOfUser => {
                let channel = channels::create(app, NewChannel::new(id.into(), ChannelKind::Group)).unwrap();
                sanctions::impose(app, &channel, SanctionKind::Ban, "ada", &sentence(seconds)).unwrap();
            }
            Self::Blocked => {
                add_user(app, id.into(), 0);
                blocks::block(app, &ada, &[id.to_owned()]).unwrap();
            }
            Self::Blocking => {
                add_user(app, id.into(), 0);
                let blocker = users::find(app, id).unwrap();
                blocks::block(app, &blocker, &["ada".to_owned()]).unwrap();
            }
            Self::Pins => {
                let sent = messages::send(app, &lobby, NewMessage::text("ada", id), SendRules::default());
                // A channel that has as many as it may takes no more.
                let message = sent.unwrap().message;
                let _ = pins::pin(app, &lobby, &message);
                return message.id.to_string();
            }
            Self::Reports => {
                let new = NewReport {
                    category: "spam".into(),
                    custom_category: String::new(),
                    reporter: None,
                    offender: None,
                    description: id.into(),
                };
                reports::report(app, &lobby, About::Channel, new).unwrap();
            }
            Self::Friends => {
                add_user(app, id.into(), 0);
                let wanted = friends::Wanted { users: vec![id.to_owned()], keys: Vec::new() };
                friends::add(app, &ada, &wanted).unwrap();
            }
        }
        id.to_owned()
    }

    /// Takes a row out; complaints stay.
    fn take_out(self, app: &mut Application, id: &str) {
        let (ada, lobby) = (users::find(app, "ada").unwrap(), channels::find_by_any(app, "lobby").unwrap());
        let one = [id.to_owned()];
        match self {
            Self::Bans | Self::Mutes => {
                let kind = kind(matches!(self, Self::Bans));
                sanctions::lift(app, kind, &sanctions::in_channel(&lobby), &one).unwrap();
            }
            Self::BansOnType => {
                sanctions::lift(app, SanctionKind::Ban, &Scope::CustomType("shop".into()), &one).unwrap();
            }
            Self::BansOfUser => {
                let channel = channels::find_by_any(app, id).unwrap();
                channels::remove(app, &channel);
            }
            Self::Blocked => blocks::unblock(app, &ada, id).unwrap(),
            Self::Blocking => {
                let blocker = users::find(app, id).unwrap();
                users::remove(app, &blocker);
            }
            Self::Pins => {
                let message = messages::find_in(app, &lobby, MessageId(id.parse().unwrap())).unwrap();
                messages::remove(app, &message);
            }
            Self::Reports => {}
            Self::Friends => {
                friends::remove(app, &ada, &friends::Wanted { users: one.to_vec(), keys: Vec::new() });
            }
        }
    }

    fn page(self, app: &Application, after: Option<&Place>, limit: usize) -> Page<String> {
        let (ada, lobby) = (users::find(app, "ada").unwrap(), channels::find_by_any(app, "lobby").unwrap());
        let everybody = UserFilter::default();
        match self {
            Self::Bans | Self::Mutes | Self::BansOnType => {
                let kind = kind(!matches!(self, Self::Mutes));
                let of_type = matches!(self, Self::BansOnType).then(|| Scope::CustomType("shop".into()));
                let scope = of_type.unwrap_or_else(|| sanctions::in_channel(&lobby));
                sanctions::list(app, kind, &scope, after, limit).map(|view| view.user.id.to_string())
            }
            Self::BansOfUser => sanctions::of_user(app, SanctionKind::Ban, &ada, after, limit)
                .map(|view| view.channel.channel.id.to_string()),
            Self::Blocked => {
                blocks::list(app, &ada, Side::Blocked, &everybody, after, limit).map(|user| user.id.to_string())
            }
            Self::Blocking => {
                blocks::list(app, &ada, Side::Blocking, &everybody, after, limit).map(|user| user.id.to_string())
            }
            Self::Pins => pins::list(app, &lobby.id, after, limit).map(|message| message.id.to_string()),
            Self::Reports => {
                reports::list(app, None, (None, None), after, limit).map(|view| view.report.description.to_string())
            }
            Self::Friends => friends::list(app, &ada, after, limit).map(|view| view.user.id.to_string()),
        }
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn pages_of_sanctions_blocks_pins_and_reports_give_each_that_stays_once(
        listed in proptest::sample::select(LISTED.to_vec()),
        first in vec(any::<bool>(), 1..10),
        more in vec(any::<bool>(), 0..20),
        limit in 1..6_usize,
        goings in vec(any::<Index>(), 1..6),
        later in 0..30_000_i64,
    ) {
        let (mut app, _, _) = lobby();
        // A channel has few pins; other lists are longer.
        let more = if matches!(listed, Listed::Pins) { Vec::new() } else { more };
        let (mut leavers, mut stayed) = (Vec::new(), BTreeSet::new());
        for (number, stays) in first.iter().chain(&more).enumerate() {
            app.set_time(app.now().next());
            let name = listed.add(&mut app, &format!("first{number}"), *stays);
            if *stays { stayed.insert(name); } else { leavers.push(name); }
        }
        let mut turn = 0;
        let between = |app: &mut Application| {
            turn += 1;
            app.set_time(Timestamp(app.now().0 + later));
            if turn < 30 {
                listed.add(app, &format!("later{turn}"), turn % 2 == 0);
            }
            if turn % 2 == 0 && !leavers.is_empty() {
                let gone = leavers.remove(goings[turn % goings.len()].index(leavers.len()));
                listed.take_out(app, &gone);
            }
        };
        let page = |app: &Application, after: Option<&Place>| listed.page(app, after, limit);
        let given = walk(&mut app, page, between, String::clone);
        each_once(&given, &stayed)?;
    }

    #[test]
    fn who_is_muted_or_banned_writes_again_when_the_time_is_over(
        ban in any::<bool>(),
        on_type in any::<bool>(),
        seconds in 1..100_i64,
        before in 0..1000_i64,
    ) {
        let (mut app, _, lobby) = lobby();
        let patch = ChannelPatch { custom_type: Some("shop".into()), ..ChannelPatch::default() };
        let lobby = channels::update(&mut app, &lobby, patch).unwrap();
        if on_type {
            let sentences = [("ada".to_owned(), sentence(seconds))];
            sanctions::impose_on_type(&mut app, "shop", kind(ban), &sentences).unwrap();
        } else {
            sanctions::impose(&mut app, &lobby, kind(ban), "ada", &sentence(seconds)).unwrap();
        }
        let invitation = Invitation { users: vec!["ada".into()], ..Invitation::default() };
        let write = |app: &mut Application| {
            membership::invite(app, &lobby, &invitation)?;
            messages::send(app, &lobby, NewMessage::text("ada", "words"), SendRules::default()).map(drop)
        };
        let end = app.now().0 + seconds * 1000;
        app.set_time(Timestamp(end - 1 - before.min(seconds * 1000 - 1)));
        prop_assert!(matches!(write(&mut app), Err(chat::Error::Forbidden(_))), "too early");
        app.set_time(Timestamp(end));
        prop_assert_eq!(write(&mut app), Ok(()));
    }
}
