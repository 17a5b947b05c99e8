//! What this dialect says when it refuses. No page of the service shows an error body, so these
//! are proposals, and say so in a header.

use std::borrow::Cow;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::encode;
use crate::{
    chat::{self, Entity, Field, Rule},
    engine::Unavailable,
    web::{
        body::BodyError,
        field::{FieldError, Kind, Problem},
    },
};

/// Says which part of an answer the documentation leaves open.
const INFERRED: HeaderName = HeaderName::from_static("x-mynah-inferred");

/// The families of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Surface {
    /// Integration and most of the gateway: `status`, `message`.
    #[default]
    Integration,
    /// Application, leaderboards, community administration: `meta`, `message`.
    Application,
    /// The legacy one: `meta`, `body`.
    System,
}

impl Surface {
    /// The surface of a path.
    pub(super) fn of(path: &str) -> Self {
        if path.starts_with("/api/") { Self::System } else { Self::Integration }
    }
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Error {
    status: StatusCode,
    message: Cow<'static, str>,
    surface: Surface,
}

impl Error {
    pub(super) fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: message.into(), surface: Surface::default() }
    }

    /// A value that makes no sense.
    pub(super) fn bad(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The same in the form of another surface.
    #[must_use]
    pub(super) fn on(self, surface: Surface) -> Self {
        Self { surface, ..self }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let message = &*self.message;
        let mut response = match self.surface {
            Surface::Integration => encode::json(self.status, &Integration { status: "error", message }),
            Surface::Application => {
                let meta = ApplicationMeta { status: "error", status_code: self.status.as_u16() };
                encode::json(self.status, &Application { meta, message })
            }
            Surface::System => {
                let meta = SystemMeta { success: false, message, dev_message: message };
                encode::json(self.status, &System { meta, body: Nothing {} })
            }
        };
        response.headers_mut().insert(INFERRED, HeaderValue::from_static("error-body"));
        response
    }
}

#[derive(Serialize)]
struct Integration<'a> {
    status: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
struct Application<'a> {
    meta: ApplicationMeta,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationMeta {
    status: &'static str,
    status_code: u16,
}

/// The answer of the legacy surface.
#[derive(Serialize)]
pub(super) struct System<'a, T> {
    pub(super) meta: SystemMeta<'a>,
    pub(super) body: T,
}

/// What it says of itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SystemMeta<'a> {
    pub(super) success: bool,
    pub(super) message: &'a str,
    pub(super) dev_message: &'a str,
}

#[derive(Serialize)]
struct Nothing {}

impl From<chat::Error> for Error {
    fn from(error: chat::Error) -> Self {
        use chat::Error::{
            BadCharacter, Forbidden, Full, Invalid, NotFound, OutOfRange, Taken, TooFast, TooLong, TooMany,
        };
        match error {
            NotFound(entity) => Self::new(StatusCode::NOT_FOUND, not_found(entity)),
            Taken(field) => Self::new(StatusCode::CONFLICT, format!("{} is taken", name(field))),
            TooLong { field, limit } => Self::bad(format!("{} is longer than {limit} characters", name(field))),
            TooMany { field, limit } => Self::bad(format!("{} has more than {limit} items", name(field))),
            Full(_) => Self::new(StatusCode::CONFLICT, "No more members fit in".to_owned()),
            // All that can be wrong with the topic of a message is that it has none.
            Invalid { field: Field::Topic, .. } => Self::bad(format!("{} is required", name(Field::Topic))),
            BadCharacter(field) | Invalid { field, .. } => Self::bad(format!("{} is invalid", name(field))),
            OutOfRange(field) => Self::bad(format!("{} is out of range", name(field))),
            Forbidden(rule) => forbidden(rule),
            TooFast { .. } => Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many messages".to_owned()),
        }
    }
}

fn not_found(entity: Entity) -> &'static str {
    match entity {
        Entity::User => "User not found",
        Entity::Channel => "Channel not found",
        Entity::Message => "Message not found",
        Entity::Topic => "Forum topic not found",
        Entity::ScheduledMessage => "Scheduled message not found",
        Entity::Poll => "Poll not found",
        Entity::PollOption => "Poll option not found",
        Entity::Device => "Device not found",
        Entity::MetadataItem => "Custom field not found",
        Entity::Reaction => "Reaction not found",
        Entity::MetaKey => "Metadata not found",
        Entity::Pin => "Pinned message not found",
        Entity::Emoji | Entity::EmojiCategory => "Emoji not found",
        Entity::Ban => "Ban not found",
        Entity::Counter => "Counter not found",
        Entity::TypeSettings => "Channel settings not found",
        Entity::Webhook | Entity::Delivery => "Webhook not found",
    }
}

fn forbidden(rule: Rule) -> Error {
    let (status, message) = match rule {
        Rule::NotMember | Rule::Outsider | Rule::NotJoinedYet | Rule::NotInvited => {
            (StatusCode::FORBIDDEN, "User is not a participant of the channel")
        }
        Rule::Frozen => (StatusCode::FORBIDDEN, "Channel is frozen"),
        Rule::NotOperator => (StatusCode::FORBIDDEN, "Only operators may post in the channel"),
        Rule::ServerOnly | Rule::NotSelf | Rule::NotSender => (StatusCode::FORBIDDEN, "Not authorized"),
        Rule::Deactivated => (StatusCode::FORBIDDEN, "User is deactivated"),
        Rule::NoAccount | Rule::BadToken | Rule::SessionExpired | Rule::SessionRevoked => {
            (StatusCode::UNAUTHORIZED, "Session is not valid")
        }
        Rule::NotPublic | Rule::WrongAccessCode => (StatusCode::FORBIDDEN, "Channel is not accessible"),
        Rule::Banned | Rule::BannedFromChannel | Rule::BannedFromType => {
            (StatusCode::FORBIDDEN, "User is banned from the channel")
        }
        Rule::Muted => (StatusCode::FORBIDDEN, "User is muted in the channel"),
        Rule::ReceiverGone => (StatusCode::FORBIDDEN, "Receiver is deactivated"),
        Rule::InvitesBlocked | Rule::InvitesBlocker => (StatusCode::FORBIDDEN, "User is blocked"),
        Rule::Blocked => (StatusCode::FORBIDDEN, "User is blocked by the receiver"),
        Rule::BlocksSelf => (StatusCode::BAD_REQUEST, "Users cannot block themselves"),
        Rule::NotAllOperators => (StatusCode::BAD_REQUEST, "users is invalid"),
        Rule::NoReplyToAdmin => (StatusCode::CONFLICT, "Message does not take replies"),
        Rule::NoAdminReply => (StatusCode::CONFLICT, "Announcement cannot be a reply"),
        Rule::NotPending => (StatusCode::CONFLICT, "Message is not scheduled any more"),
        Rule::PollNotHere => (StatusCode::CONFLICT, "Message does not take a poll"),
        Rule::PollSent => (StatusCode::CONFLICT, "Poll was sent already"),
        Rule::PollClosed => (StatusCode::CONFLICT, "Poll is closed"),
        Rule::NoSuggestions => (StatusCode::FORBIDDEN, "Poll takes no suggestions"),
        Rule::ReactionsOff => (StatusCode::FORBIDDEN, "Reactions are turned off"),
        Rule::NoReactionToAdmin => (StatusCode::CONFLICT, "Message does not take reactions"),
        Rule::NoPinsHere | Rule::NoSilentPin => (StatusCode::CONFLICT, "Message cannot be pinned"),
        Rule::NoWordsToTranslate => (StatusCode::CONFLICT, "Message cannot be translated"),
        Rule::OneFileHere => (StatusCode::CONFLICT, "Message takes one file only"),
        Rule::BuiltInEmoji => (StatusCode::FORBIDDEN, "Emoji cannot be changed"),
        Rule::WordKeptOut | Rule::LinkKeptOut | Rule::DomainKeptOut | Rule::ImageKeptOut => {
            (StatusCode::FORBIDDEN, "Message is refused by a filter")
        }
        Rule::NoReplyToReply => (StatusCode::CONFLICT, "Reply does not take replies"),
    };
    Error::new(status, message)
}

/// What this dialect calls a field. Those that its operations do not take go by plain words.
fn name(field: Field) -> &'static str {
    match field {
        Field::UserId => "username",
        Field::Nickname => "displayname",
        Field::Picture => "avatar",
        Field::Email => "email",
        Field::PreferredLanguages => "language",
        Field::Metadata | Field::MetadataKey | Field::MetadataValue => "customFields",
        Field::ChannelId => "channelId",
        Field::ChannelName => "topic",
        Field::Text => "message",
        Field::MessageKind => "type",
        Field::Parent | Field::Root => "messageId",
        Field::Before | Field::After | Field::Limit => "count",
        Field::Reaction | Field::ReactionKinds => "emoji",
        Field::EmojiCategory | Field::EmojiKey | Field::EmojiPicture => "emoji catalogue",
        Field::Topic => "forumTopicId",
        Field::CustomType => "channelType",
        Field::Members
        | Field::Operators
        | Field::Typers
        | Field::Friends
        | Field::AskedUsers
        | Field::AskedMembers => "users",
        Field::Cover => "image",
        Field::Distinct | Field::Public => "permissions",
        Field::Meta | Field::MetaKey | Field::MetaValue => "metadata",
        Field::CreatedAt | Field::ScheduledAt | Field::CloseAt => "timestamp",
        Field::PollTitle | Field::PollOptions | Field::PollOption | Field::Choice => "poll",
        Field::DedupId => "message id",
        Field::Request => "request id",
        Field::ExpiresAt => "expiry",
        Field::Hour | Field::Minute | Field::Timezone | Field::SnoozeUntil => "time",
        Field::DiscoveryKeys => "keys",
        Field::Pins | Field::Migrated => "messages",
        Field::Files | Field::ImageLimit => "images",
        Field::Languages => "languages",
        Field::Term => "query",
        Field::Seconds => "duration",
        Field::BanDescription | Field::MuteDescription | Field::ReportDescription => "reason",
        Field::Counters | Field::CounterKey | Field::CounterValue => "counters",
        Field::ReportCategory => "category",
        Field::Filter => "filter",
        Field::MaxLength => "length",
        Field::Pace | Field::PaceSeconds | Field::OffenceCount | Field::OffenceSeconds => "rate",
        Field::Retention => "hours",
        Field::Webhooks => "webhooks",
    }
}

impl From<Unavailable> for Error {
    fn from(error: Unavailable) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl From<FieldError> for Error {
    fn from(FieldError { name, problem }: FieldError) -> Self {
        Self::bad(match problem {
            Problem::Missing => format!("{name} is required"),
            Problem::Not(Kind::Text) => format!("{name} must be a string"),
            Problem::Not(Kind::Number) => format!("{name} must be an integer"),
            Problem::Not(Kind::List) => format!("{name} must be an array"),
            Problem::Not(Kind::Object) => format!("{name} must be an object"),
            Problem::Not(Kind::Flag) => format!("{name} must be a boolean"),
            Problem::Nul | Problem::Unlike(_) => format!("{name} is invalid"),
        })
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::NotYours(_) | BodyError::NotJson(_) => Self::bad("Body must be a JSON object"),
            BodyError::NotForm(_) => Self::bad("Body must be a complete multipart form"),
            BodyError::Incomplete => Self::bad("Body is incomplete"),
            BodyError::TooLarge(limit) => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("Body is longer than {limit} bytes"))
            }
        }
    }
}
