//! What becomes of users whose words are kept out of a channel again and again.

use std::sync::Arc;

use super::{
    Result, content, membership, presence,
    sanctions::{self, Sentence},
};
use crate::{
    model::{
        channel::Channel,
        content::{Consequence, OffenceRule},
        event::{Event, Leaving, Refused},
        ids::{ChannelId, UserId},
        moderation::{OffenceRecord, SanctionKind},
        time::Timestamp,
    },
    state::Application,
};

/// For how many seconds offenders are muted and banned: for good, as where nobody says how long.
const FOR_GOOD: i64 = -1;

/// What is said of why.
const WHY: &str = "Profanity filter";

/// The rule that holds in a channel; none where nothing becomes of anybody.
fn rule(app: &Application, channel: &Channel) -> Option<OffenceRule> {
    let own = content::of_type(app, &channel.custom_type).and_then(|own| own.content.offences);
    own.or(app.settings().content.offences).filter(|rule| rule.then != Consequence::None)
}

/// Notes that words of a user are refused. It counts once the verb that refuses them is over.
pub(super) fn note(app: &mut Application, channel: &Channel, user: &UserId) {
    if rule(app, channel).is_some() {
        app.note_offence(&channel.id, user);
    }
}

/// Does what is left to do of what was refused: tells what is told all the same, and counts offences.
pub fn settle(app: &mut Application) {
    for refused in app.take_refusals() {
        match refused {
            Refused::Told(event) => app.emit(event),
            Refused::Offence(channel, user) => {
                if let Some(channel) = app.channels.get(&channel).cloned() {
                    count(app, &channel, &user);
                }
            }
        }
    }
}

/// Counts that words of a user were kept out of a channel, and has the user bear the consequence where that is too
/// often. Counting begins anew then.
pub(super) fn count(app: &mut Application, channel: &Arc<Channel>, user: &UserId) {
    let Some(rule) = rule(app, channel) else { return };
    let Some(profile) = app.users.get(user).map(|user| Arc::clone(&user.profile)) else { return };
    let (now, key) = (app.now(), (channel.id.clone(), user.clone()));
    let since = Timestamp(now.0.saturating_sub(rule.seconds.saturating_mul(1000)));
    let known = app.offence_records.get(&key).into_iter().flat_map(|record| &record.at);
    let mut at: Vec<_> = known.copied().filter(|at| *at > since).collect();
    at.push(now);
    if i64::try_from(at.len()).is_ok_and(|count| count < rule.count) {
        let (channel, user) = key;
        app.offence_records.put(OffenceRecord { channel, user, at });
        return;
    }
    if app.offence_records.contains(&key) {
        app.offence_records.remove(&key);
    }
    let channel_now = Arc::clone(channel);
    app.emit(Event::OffenderModerated { channel: channel_now, user: profile, consequence: rule.then });
    let done = match rule.then {
        Consequence::None => Ok(()),
        Consequence::Mute => impose(app, channel, SanctionKind::Mute, user),
        Consequence::Ban => impose(app, channel, SanctionKind::Ban, user),
        Consequence::Kick => {
            membership::take_out(app, &channel.id, user, Leaving::Plain);
            presence::expel(app, &channel.id, user);
            Ok(())
        }
    };
    debug_assert_eq!(done, Ok(()), "the user is there, and the sentence is within its bounds");
}

fn impose(app: &mut Application, channel: &Channel, kind: SanctionKind, user: &UserId) -> Result<()> {
    let sentence = Sentence { seconds: FOR_GOOD, description: WHY.to_owned(), agent: None };
    sanctions::impose(app, channel, kind, user.as_str(), &sentence).map(drop)
}

/// Forgets what was counted in a channel that is deleted.
pub(super) fn forget_channel(app: &mut Application, channel: &ChannelId) {
    let records = app.offence_records.range((channel.clone(), UserId::first())..);
    let users: Vec<_> =
        records.take_while(|record| record.channel == *channel).map(|record| record.user.clone()).collect();
    for user in users {
        app.offence_records.remove(&(channel.clone(), user));
    }
}

/// Forgets what was counted of a user who is deleted.
pub(super) fn forget_user(app: &mut Application, user: &UserId) {
    let records = app.offence_records.iter().filter(|record| record.user == *user);
    let channels: Vec<_> = records.map(|record| record.channel.clone()).collect();
    for channel in channels {
        app.offence_records.remove(&(channel, user.clone()));
    }
}
