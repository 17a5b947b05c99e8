//! Moderation of channels and users.
//! <https://sendbird.com/docs/chat/platform-api/v3/moderation/moderation-overview>

mod bans;
mod blocks;
mod custom_types;
mod freeze;
mod mutes;
mod operators;
mod reports;

use crate::{model::moderation::Sanction, web::routes::Routes};

/// The group under which all of this is documented.
const GROUP: &str = "Moderation, members, metadata";

pub(super) fn routes() -> Routes {
    freeze::routes()
        .merge(operators::routes())
        .merge(bans::routes())
        .merge(mutes::routes())
        .merge(blocks::routes())
        .merge(custom_types::routes())
        .merge(reports::routes())
}

/// The end of a mute as it is printed: -1 for one that is meant for good.
fn end_at(mute: &Sanction) -> i64 {
    if mute.lasting { -1 } else { mute.ends_at.0 }
}

/// How long a mute still holds, in milliseconds; -1 for one that is meant for good.
fn remaining(mute: &Sanction, now: crate::model::time::Timestamp) -> i64 {
    if mute.lasting { -1 } else { mute.ends_at.0 - now.0 }
}
