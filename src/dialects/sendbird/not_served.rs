//! Operations that the service has and Mynah does not serve yet. Each is known by its name, so
//! that the answer, the journal and the coverage page can say so.

use axum::http::{Method, Uri};

use super::error::Error;
use crate::web::routes::Routes;

type Operations = &'static [(&'static str, &'static str, &'static str)];

const MODERATION: Operations =
    &[("GET", "viewAModeratedMessage", "/v3/report/{channel_type}/{channel_url}/profanity_messages/{message_id}")];

const USERS: Operations = &[("GET", "getFriendChangelogs", "/v3/users/{user_id}/friends/changelogs")];

pub(super) fn routes() -> Routes {
    let groups = [("Users", USERS), ("Moderation, members, metadata", MODERATION)];
    groups.into_iter().fold(Routes::default(), |routes, (group, operations)| {
        routes.merge(Routes::of(group).not_served(operations, refuse))
    })
}

async fn refuse(method: Method, uri: Uri) -> Error {
    Error::not_served(&format!("{method} {}", uri.path()))
}
