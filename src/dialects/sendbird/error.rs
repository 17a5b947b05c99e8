//! What went wrong, as Sendbird says it: status, number and text.

use axum::{
    http::{HeaderValue, Method, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;

use super::{extract::answer_with, frames, limits};
use crate::{
    chat::{self, Entity, Field, Rule},
    engine::Unavailable,
    web::{
        body::BodyError,
        faults::Refusal,
        field::{FieldError, Kind, Problem},
        limits::{RATE_LIMITED, Verdict},
        routes::NOT_SERVED,
    },
};

/// An error answer.
/// <https://sendbird.com/docs/chat/platform-api/v3/error-codes>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    status: StatusCode,
    code: u32,
    /// The number on a live connection, where that is another.
    live_code: Option<u32>,
    message: String,
}

/// The number of a session that is over.
const SESSION_EXPIRED: u32 = 400_309;

/// What a handler answers.
pub(super) type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn new(code: u32, message: impl Into<String>) -> Self {
        Self::with_status(StatusCode::BAD_REQUEST, code, message)
    }

    fn with_status(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, live_code: None, message: message.into() }
    }

    /// The service has no such path, or no such method on it.
    pub(super) fn unknown_url(method: &Method, path: &str) -> Self {
        Self::new(400_404, format!("Invalid request URL: \"{method} {path}\"."))
    }

    /// An operation or a part of one that the service has and Mynah does not serve.
    pub(super) fn not_served(what: &str) -> Self {
        let message = format!("Mynah does not serve {what} yet.");
        Self::with_status(StatusCode::NOT_IMPLEMENTED, 400_930, message)
    }

    /// There is no API token, or it is not one that is taken.
    pub(super) fn invalid_token() -> Self {
        Self::new(400_401, "Invalid value: \"api_token\".")
    }

    /// The application is not known.
    pub(super) fn unknown_application() -> Self {
        Self::new(400_304, "\"Application\" not found.")
    }

    /// A page token leads nowhere.
    pub(super) fn expired_page() -> Self {
        Self::new(400_109, "Invalid value: \"token\".")
    }

    /// A value that makes no sense.
    pub(super) fn invalid(field: &str, why: &str) -> Self {
        Self::new(400_111, format!("Invalid value: \"{field}. {why}.\"."))
    }

    /// A part of a body is not made as it has to be.
    pub(super) fn wrong_structure() -> Self {
        Self::new(400_403, "Invalid value: \"JSON body.\".")
    }

    /// A field that has to be there.
    pub(super) fn missing(field: &str) -> Self {
        Self::new(400_105, format!("{field} must be required."))
    }

    /// Parameters that are right one by one and cannot be honoured as things are.
    pub(super) fn unacceptable(why: &str) -> Self {
        Self::new(400_920, format!("Unacceptable. \"{why}.\"."))
    }

    /// An address that is none.
    pub(super) fn no_address(field: &str) -> Self {
        Self::new(400_114, format!("\"{field}\" must have valid URL form"))
    }

    /// A number that must not be negative.
    pub(super) fn negative(field: &str) -> Self {
        Self::new(400_106, format!("\"{field}\" must not be negative."))
    }

    /// There were too many requests.
    pub(super) fn too_many_requests(scope: &str, verdict: &Verdict) -> Self {
        let (retry_after, reset) = (limits::seconds(verdict.retry_after), limits::seconds(verdict.reset));
        Self::too_many(scope, (verdict.rate.per_second.into(), 1), &retry_after, &reset)
    }

    /// There were too many of something within some seconds.
    fn too_many(scope: &str, (limit, window): (i64, i64), retry_after: &str, reset: &str) -> Self {
        let message = format!(
            "Too many requests (scope: {scope}, limit: {limit};w={window}, remaining: 0, retry_after: {retry_after}s, reset: {reset}s)"
        );
        Self::with_status(StatusCode::TOO_MANY_REQUESTS, 500_910, message)
    }

    /// The session is over, and can be refreshed.
    pub(super) fn is_expiry(&self) -> bool {
        matches!(self.code, SESSION_EXPIRED | 400_302)
    }

    /// As a frame of the socket, which says to which command it is the answer.
    pub(super) fn frame(&self, code: &str, request: Option<&Value>) -> String {
        let body = ErrorBody { error: true, message: &self.message, code: self.live_code.unwrap_or(self.code) };
        frames::text(code, &FrameBody { body, req_id: request })
    }

    /// The frame by which a client learns that its session is over.
    pub(super) fn expiry_frame(&self) -> String {
        frames::text("EXPR", &ExpiryBody { reason: self.code, expires_in: 0, message: &self.message })
    }

    /// A refusal that a fault asks for. What it does not say follows from what it says.
    pub(super) fn asked_for(Refusal { status, code, message, limit }: Refusal) -> Self {
        if let Some((scope, verdict)) = limit {
            return Self::too_many_requests(scope, &verdict);
        }
        let status = status.unwrap_or(match code {
            None | Some(500_000..500_910 | 500_911..600_000) => StatusCode::INTERNAL_SERVER_ERROR,
            Some(403_000..404_000) => StatusCode::FORBIDDEN,
            Some(500_910) => StatusCode::TOO_MANY_REQUESTS,
            Some(503) => StatusCode::SERVICE_UNAVAILABLE,
            Some(_) => StatusCode::BAD_REQUEST,
        });
        let code = code.unwrap_or(match status {
            StatusCode::UNAUTHORIZED => 400_401,
            StatusCode::FORBIDDEN => 403_100,
            StatusCode::NOT_FOUND => 400_201,
            StatusCode::TOO_MANY_REQUESTS => 500_910,
            StatusCode::SERVICE_UNAVAILABLE => 503,
            _ if status.is_server_error() => 500_901,
            _ => 400_920,
        });
        let message = message.unwrap_or_else(|| match code {
            500_901 => "Internal error.".into(),
            500_910 => "Too many requests.".into(),
            503 => "Service unavailable.".into(),
            _ => format!("A fault answers {code}."),
        });
        Self::with_status(status, code, message)
    }

    /// As an answer, of which nothing is logged.
    pub(super) fn response(&self) -> Response {
        answer_with(self.status, &ErrorBody { error: true, message: &self.message, code: self.code })
    }

    /// A web page asks for what its visitor has not asked for.
    pub(super) fn web_page() -> Self {
        Self::with_status(
            StatusCode::FORBIDDEN,
            400_108,
            "Mynah lets no web page of another machine say whom it calls.",
        )
    }

    /// Something of ours failed.
    pub fn internal(why: &str) -> Self {
        Self::with_status(StatusCode::INTERNAL_SERVER_ERROR, 500_901, why)
    }
}

/// The name of a field on the wire.
fn name(field: Field) -> &'static str {
    match field {
        Field::UserId => "user_id",
        Field::Nickname => "nickname",
        Field::Picture => "profile_url",
        Field::Email => "email",
        Field::PreferredLanguages => "preferred_languages",
        Field::Metadata => "metadata",
        Field::MetadataKey => "metadata key",
        Field::MetadataValue => "metadata value",
        Field::ChannelId => "channel_url",
        Field::ChannelName | Field::EmojiCategory => "name",
        Field::Cover => "cover_url",
        Field::CustomType => "custom_type",
        Field::Members | Field::Typers | Field::Friends | Field::AskedUsers => "user_ids",
        Field::AskedMembers => "members_include_in",
        Field::Operators => "operator_ids",
        Field::Distinct => "is_distinct",
        Field::Public => "is_public",
        Field::Text => "message",
        Field::MessageKind => "message_type",
        Field::Parent => "parent_message_id",
        Field::Root => "root_message_id",
        Field::Meta => "sorted_metaarray",
        Field::MetaKey => "sorted_metaarray key",
        Field::MetaValue => "sorted_metaarray value",
        Field::CreatedAt => "created_at",
        Field::DedupId => "dedup_id",
        Field::Request => "req_id",
        Field::Before => "prev_limit",
        Field::After => "next_limit",
        Field::Limit => "limit",
        Field::Reaction | Field::ReactionKinds => "reaction",
        Field::Topic => "topic",
        Field::ScheduledAt => "scheduled_at",
        Field::PollTitle => "title",
        Field::PollOptions => "options",
        Field::PollOption => "text",
        Field::CloseAt => "close_at",
        Field::Choice => "option_ids",
        Field::ExpiresAt => "expires_at",
        Field::Hour => "hour",
        Field::Minute => "minute",
        Field::Timezone => "timezone",
        Field::SnoozeUntil => "snooze_end_ts",
        Field::DiscoveryKeys => "discovery_keys",
        Field::Pins => "pinned_messages",
        Field::Migrated => "messages",
        Field::Files => "files",
        Field::Languages => "target_langs",
        Field::Term => "query",
        Field::EmojiKey => "key",
        Field::EmojiPicture => "url",
        Field::Seconds => "seconds",
        Field::BanDescription | Field::MuteDescription => "description",
        Field::Counters => "metacounter",
        Field::CounterKey => "metacounter key",
        Field::CounterValue => "metacounter value",
        Field::ReportCategory => "custom_report_category_name",
        Field::ReportDescription => "report_description",
        Field::Filter => "profanity_filter",
        Field::MaxLength => "max_message_length",
        Field::Pace => "user_messages_per_channel",
        Field::Retention => "message_retention_hours",
        Field::ImageLimit => "limits",
        Field::OffenceCount => "count",
        Field::OffenceSeconds => "duration",
        Field::PaceSeconds => "user_messages_per_channel_duration",
        Field::Webhooks => "webhooks",
    }
}

impl From<chat::Error> for Error {
    fn from(error: chat::Error) -> Self {
        match error {
            chat::Error::NotFound(Entity::User) => Self::new(400_201, "\"User\" not found."),
            chat::Error::NotFound(Entity::Channel) => Self::new(400_201, "\"Channel\" not found."),
            chat::Error::NotFound(Entity::Message) => Self::new(400_201, "\"Message\" not found."),
            chat::Error::NotFound(Entity::Topic) => Self::new(400_201, "\"Topic\" not found."),
            chat::Error::NotFound(Entity::ScheduledMessage) => {
                Self::new(400_201, "\"ScheduledMessage\" not found.")
            }
            chat::Error::NotFound(Entity::Poll) => Self::new(400_201, "\"Poll\" not found."),
            chat::Error::NotFound(Entity::PollOption) => Self::new(400_201, "\"PollOption\" not found."),
            chat::Error::NotFound(Entity::Device) => Self::new(400_201, "\"Device token\" not found."),
            chat::Error::NotFound(Entity::MetadataItem) => Self::new(400_201, "\"Metadata\" not found."),
            chat::Error::NotFound(Entity::Reaction) => Self::new(400_201, "\"Reaction\" not found."),
            chat::Error::NotFound(Entity::MetaKey) => Self::new(400_201, "\"Sorted_metaarray key\" not found."),
            chat::Error::NotFound(Entity::Pin) => Self::new(400_201, "\"Pinned message\" not found."),
            chat::Error::NotFound(Entity::Emoji) => Self::new(400_201, "\"Emoji\" not found."),
            chat::Error::NotFound(Entity::EmojiCategory) => Self::new(400_201, "\"EmojiCategory\" not found."),
            chat::Error::NotFound(Entity::Ban) => Self::new(400_201, "\"Ban\" not found."),
            chat::Error::NotFound(Entity::Counter) => Self::new(400_201, "\"Metacounter\" not found."),
            chat::Error::NotFound(Entity::TypeSettings) => {
                Self::new(400_201, "\"Channel custom type setting\" not found.")
            }
            chat::Error::NotFound(Entity::Webhook | Entity::Delivery) => {
                Self::new(400_201, "\"Webhook\" not found.")
            }
            chat::Error::Taken(field) => {
                Self::new(400_202, format!("\"{}\" violates unique constraint.", name(field)))
            }
            chat::Error::TooLong { field: Field::Text, limit } => {
                Self::new(400_700, format!("\"message\" must be at most {limit} characters."))
            }
            chat::Error::TooLong { field, limit } => {
                Self::new(400_110, format!("\"{}\" must be at most {limit} characters.", name(field)))
            }
            chat::Error::TooMany { field, limit } => {
                Self::new(400_203, format!("\"{}\" must have at most {limit} items.", name(field)))
            }
            chat::Error::Full(Entity::User) => Self::new(400_203, "Maximum \"channel join\" count reached."),
            chat::Error::Full(_) => Self::new(400_203, "Maximum \"channel member\" count reached."),
            chat::Error::BadCharacter(field) => Self::bad_character(name(field)),
            chat::Error::Invalid { field, why } => Self::invalid(name(field), why),
            chat::Error::OutOfRange(field) => Self::new(400_113, format!("\"{}\" is out of range.", name(field))),
            chat::Error::Forbidden(rule) => rule.into(),
            chat::Error::TooFast { messages, seconds, wait, reset } => {
                let told = |moment: i64| {
                    limits::seconds(std::time::Duration::from_millis(moment.max(0).unsigned_abs()).as_secs_f64())
                };
                let refused = Self::too_many("channel", (messages, seconds), &told(wait), &told(reset));
                Self { live_code: Some(900_200), ..refused }
            }
        }
    }
}

impl From<Rule> for Error {
    fn from(rule: Rule) -> Self {
        let not_authorized = |why: &str| Self::new(400_108, format!("Not authorized. \"{why}\"."));
        match rule {
            Rule::NotMember => not_authorized("User must be a member."),
            Rule::NotJoinedYet => Self::new(900_023, "Not authorized. \"User must accept the invitation first.\"."),
            Rule::NotInvited => not_authorized("User must be invited."),
            Rule::Frozen => Self::new(900_050, "Channel is frozen."),
            Rule::NotOperator => Self::new(400_108, "Not authorized. User is not an operator."),
            Rule::Deactivated => Self::new(400_300, "User is deactivated."),
            Rule::NoAccount => Self::new(400_301, "User doesn't exist or has been deleted."),
            Rule::BadToken => Self::new(400_302, "Access token is not valid."),
            Rule::SessionExpired => Self::new(SESSION_EXPIRED, "This session has expired"),
            Rule::SessionRevoked => Self::new(400_310, "Session was revoked."),
            Rule::NoReplyToAdmin => Self::invalid("parent_message_id", "An admin message can't have replies"),
            Rule::NoAdminReply => Self::invalid("parent_message_id", "An admin message can't be a reply"),
            Rule::NoReplyToReply => Self::invalid("parent_message_id", "A reply can't have replies"),
            Rule::NotPublic => not_authorized("Can't join to non-public channel."),
            Rule::WrongAccessCode => not_authorized("Wrong access code."),
            Rule::NotPending => Self::unacceptable("The scheduled message was sent or canceled already"),
            Rule::PollNotHere => Self::unacceptable("A poll can't be sent with this message"),
            Rule::PollSent => Self::unacceptable("The poll was sent already"),
            Rule::PollClosed => Self::unacceptable("The poll is closed"),
            Rule::NoSuggestions => not_authorized("The poll doesn't allow user suggestions."),
            Rule::ReactionsOff => not_authorized("Reactions are turned off."),
            Rule::NoReactionToAdmin => Self::invalid("message_id", "An admin message can't have reactions"),
            Rule::NoPinsHere => Self::unacceptable("Messages of this channel can't be pinned"),
            Rule::NoSilentPin => Self::unacceptable("A silent message can't be pinned"),
            Rule::NoWordsToTranslate => Self::invalid("target_langs", "Only a text message can be translated"),
            Rule::OneFileHere => Self::unacceptable("Only group channels take several files in a message"),
            Rule::BuiltInEmoji => not_authorized("Default emojis can't be changed."),
            Rule::Banned => Self::new(900_100, "User is banned."),
            Rule::Muted => Self::new(900_041, "User is muted."),
            Rule::BannedFromChannel => Self::new(400_750, "User is banned from the channel."),
            Rule::BannedFromType => Self::new(400_751, "User is banned from channels of this custom type."),
            Rule::Blocked => Self::new(400_700, "User is blocked by the receiver."),
            Rule::ReceiverGone => Self::new(400_700, "The receiver is deactivated."),
            Rule::InvitesBlocked => Self::new(400_701, "A user who is blocked can't be invited."),
            Rule::InvitesBlocker => Self::new(400_702, "A user who is blocked can't invite who blocks."),
            Rule::BlocksSelf => Self::new(400_112, "\"target_id\" must differ from \"user_id\"."),
            Rule::ServerOnly => not_authorized("Only servers may."),
            Rule::NotSelf => not_authorized("Only the user may."),
            Rule::Outsider => Self::new(900_020, "Not authorized. \"User must be a member.\"."),
            Rule::NotSender => Self::new(900_022, "Not authorized. \"User must be the owner.\"."),
            Rule::WordKeptOut => Self::new(900_060, "The message has a word that is filtered."),
            Rule::LinkKeptOut => Self::new(900_061, "The message has a URL, and URLs are not allowed."),
            Rule::DomainKeptOut => Self::new(900_065, "The message has a domain that is filtered."),
            Rule::ImageKeptOut => Self::new(900_066, "The message has an image that is filtered."),
            Rule::NotAllOperators => Self::new(400_111, "Invalid value: \"The list contains a non-operator id\"."),
        }
    }
}

impl Error {
    fn bad_character(field: &str) -> Self {
        Self::new(400_151, format!("\"{field}\" has a character that is not allowed."))
    }
}

impl From<FieldError> for Error {
    fn from(FieldError { name, problem }: FieldError) -> Self {
        match problem {
            Problem::Missing => Self::missing(name),
            Problem::Not(Kind::Text) => Self::new(400_100, format!("\"{name}\" must be a string.")),
            Problem::Not(Kind::Number) => Self::new(400_101, format!("\"{name}\" must be a number.")),
            Problem::Not(Kind::List) => Self::new(400_102, format!("\"{name}\" must be a list.")),
            Problem::Not(Kind::Object) => Self::new(400_103, format!("\"{name}\" must be a JSON object.")),
            Problem::Not(Kind::Flag) => Self::new(400_104, format!("\"{name}\" must be a boolean.")),
            Problem::Nul | Problem::Unlike(_) => Self::bad_character(name),
        }
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge(limit) => {
                Self::new(400_113, format!("The request body must be at most {limit} bytes."))
            }
            BodyError::NotYours(field) => {
                Self::new(400_108, format!("Not authorized. \"Only servers may give {field} like that.\"."))
            }
            BodyError::NotJson(_) | BodyError::NotForm(_) | BodyError::Incomplete => Self::wrong_structure(),
        }
    }
}

impl From<Unavailable> for Error {
    fn from(error: Unavailable) -> Self {
        Self::internal(&format!("Mynah could not store this: {error}."))
    }
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: bool,
    message: &'a str,
    code: u32,
}

#[derive(Serialize)]
struct FrameBody<'a> {
    #[serde(flatten)]
    body: ErrorBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    req_id: Option<&'a Value>,
}

#[derive(Serialize)]
struct ExpiryBody<'a> {
    reason: u32,
    expires_in: i64,
    message: &'a str,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if self.code == 500_901 {
            tracing::error!("answered an internal error: {}", self.message);
        }
        let mut response = self.response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(NOT_SERVED, HeaderValue::from_static(RATE_LIMITED));
        }
        if self.status == StatusCode::NOT_IMPLEMENTED {
            response.headers_mut().insert(NOT_SERVED, HeaderValue::from_static("not-served"));
        }
        response
    }
}
