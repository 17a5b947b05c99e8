//! Histories that are made up, the same ones from the same seed number.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::file::{Crowd, Generate};
use crate::{
    chat::{
        self,
        channels::{self, NewChannel},
        membership::{self, Invitation},
        messages::{self, NewMessage, SendRules},
        reactions,
        users::{self, NewUser},
    },
    model::{
        channel::{Channel, ChannelKind},
        ids::{MessageId, UserId},
        message::Message,
        time::Timestamp,
    },
    state::Application,
    web::duration,
};

/// The most messages of one history.
const MOST: usize = 100_000;

/// Over which time a history is spread where nobody says: a week, in milliseconds.
const WEEK: i64 = 7 * 24 * 60 * 60 * 1000;

/// How far back a message may be that is answered.
const REMEMBERED: usize = 40;

const OPENINGS: [&str; 16] = [
    "Good morning, everybody",
    "The build is green again",
    "Who has the key to the meeting room?",
    "Lunch at half past twelve?",
    "The new screens are up, please have a look",
    "I will be ten minutes late",
    "Can somebody review my change?",
    "The customer has called twice",
    "Here are the numbers of last week",
    "We need more coffee",
    "The lift is out of order",
    "Shall we move this to tomorrow?",
    "The parcel is at the front desk",
    "Does the search feel slow to you too?",
    "I have written it all down in the wiki",
    "Have a nice weekend",
];

const ANSWERS: [&str; 10] = [
    "Yes",
    "Not today",
    "I am on it",
    "Thank you!",
    "Give me an hour",
    "That works for me",
    "Where exactly?",
    "Seen it, looks good",
    "Let us talk about it later",
    "Count me in",
];

const REACTIONS: [&str; 4] =
    ["sendbird_emoji_thumbsup", "sendbird_emoji_heart_eyes", "sendbird_emoji_laughing", "sendbird_emoji_sob"];

/// How many members a channel has where nobody says.
const MEMBERS: usize = 5;

/// The most users that are made up, and the most channels.
const CROWD: usize = 100_000;
const CHANNELS: usize = 10_000;

const NAMES: [&str; 16] = [
    "Ada", "Bo", "Cleo", "Dan", "Edith", "Farid", "Grace", "Hugo", "Ines", "Jun", "Kofi", "Lena", "Mira", "Noor",
    "Otto", "Priya",
];

/// Makes users and group channels up, with their histories. Members are of all users that there are.
///
/// # Errors
/// What is wanted makes no sense, or an id is taken: the field, and why.
pub(super) fn crowd(app: &mut Application, wanted: &Crowd) -> Result<(), (&'static str, String)> {
    let too_many = |most| move |name| (name, format!("it is larger than {most}"));
    if wanted.users > CROWD {
        return Err(too_many(CROWD)("users"));
    }
    if wanted.channels > CHANNELS {
        return Err(too_many(CHANNELS)("channels"));
    }
    if wanted.messages.saturating_mul(wanted.channels) > MOST {
        return Err(("messages", format!("those of all channels together are more than {MOST}")));
    }
    let said = |field| move |error: chat::Error| (field, error.to_string());
    for number in 1..=wanted.users {
        let name = NAMES[(number - 1) % NAMES.len()];
        let round = (number - 1) / NAMES.len();
        let nickname = if round == 0 { name.to_owned() } else { format!("{name} {}", round + 1) };
        let user = NewUser { id: format!("user-{number}"), nickname, ..NewUser::default() };
        users::create(app, user).map_err(said("users"))?;
    }
    let everybody: Vec<String> = app.users.iter().map(|user| user.id.to_string()).collect();
    let members = wanted.members.unwrap_or(MEMBERS.min(everybody.len()));
    if members > everybody.len() {
        return Err(("members", format!("there are {} users", everybody.len())));
    }
    let history = Generate {
        messages: wanted.messages,
        replies: wanted.replies,
        reactions: wanted.reactions,
        over: wanted.over.clone(),
    };
    let mut chance = Chance::from(app, "crowd");
    for number in 1..=wanted.channels {
        let first = chance.below(everybody.len());
        let members = everybody.iter().cycle().skip(first).take(members).cloned().collect();
        let mut new = NewChannel::new(format!("channel-{number}"), ChannelKind::Group);
        new.name = format!("Channel {number}");
        new.members = Invitation { users: members, ..Invitation::default() };
        let channel = channels::create(app, new).map_err(said("channels"))?;
        self::history(app, &channel, &history).map_err(|why| ("messages", why))?;
    }
    Ok(())
}

/// Numbers that look like chance: a sequence that is written down and will stay as it is, for a seed must make
/// the same history in every version.
struct Chance(u64);

impl Chance {
    fn of(app: &Application, channel: &Channel) -> Self {
        Self::from(app, channel.id.as_str())
    }

    fn from(app: &Application, name: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(app.head().seed.to_be_bytes());
        hash.update(name);
        Self(hash.finalize()[..8].iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).unwrap_or_default()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// Whether something of that share comes to pass.
    fn happens(&mut self, share: f64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "it has 53 bits")]
        let number = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        number < share
    }
}

/// Makes a history up in a channel, by those who are in it; in an open channel by all users.
///
/// # Errors
/// There is nobody to write, or what is wanted makes no sense.
pub(super) fn history(app: &mut Application, channel: &Arc<Channel>, wanted: &Generate) -> Result<(), String> {
    if wanted.messages > MOST {
        return Err(format!("messages is larger than {MOST}"));
    }
    for (name, share) in [("replies", wanted.replies), ("reactions", wanted.reactions)] {
        if !(0.0..=1.0).contains(&share) {
            return Err(format!("{name} is a share from 0 to 1"));
        }
    }
    let over = match &wanted.over {
        None => WEEK,
        Some(text) => {
            duration::milliseconds(text).filter(|over| (1..=app.now().0).contains(over)).ok_or("over is invalid")?
        }
    };
    let writers: Vec<UserId> = match channel.kind {
        ChannelKind::Group => membership::ids(app, &channel.id)
            .filter(|user| membership::has_joined(app, channel, user))
            .cloned()
            .collect(),
        ChannelKind::Open => app.users.iter().map(|user| user.id.clone()).collect(),
    };
    let mut chance = Chance::of(app, channel);
    let count = i64::try_from(wanted.messages).unwrap_or(i64::MAX);
    let mut roots: Vec<MessageId> = Vec::new();
    for number in 0..count {
        let writer = chance.pick(&writers).ok_or("there is nobody to write")?.clone();
        let recent = &roots[roots.len().saturating_sub(REMEMBERED)..];
        let parent = if chance.happens(wanted.replies) { chance.pick(recent).copied() } else { None };
        let texts: &[&str] = if parent.is_some() { &ANSWERS } else { &OPENINGS };
        let mut new = NewMessage::text(writer.as_str(), chance.pick(texts).copied().unwrap_or_default());
        let passed = i128::from(over) * i128::from(number) / i128::from(count);
        let ago = over - i64::try_from(passed).unwrap_or_default();
        new.created_at = Some(Timestamp(app.now().0 - ago));
        new.parent = parent;
        let sent = messages::send(app, channel, new, SendRules::USUAL).map_err(|error| error.to_string())?.message;
        if parent.is_none() {
            roots.push(sent.id);
        }
        if chance.happens(wanted.reactions) {
            react(app, channel, &sent, &writers, &mut chance).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// One to three users react to a message, each in one way.
fn react(
    app: &mut Application,
    channel: &Arc<Channel>,
    message: &Arc<Message>,
    users: &[UserId],
    chance: &mut Chance,
) -> Result<(), crate::chat::Error> {
    let (first, many) = (chance.below(users.len()), 1 + chance.below(3).min(users.len() - 1));
    for user in users.iter().cycle().skip(first).take(many) {
        let key = chance.pick(&REACTIONS).copied().unwrap_or_default();
        reactions::add(app, channel, message, user.as_str(), key)?;
    }
    Ok(())
}
