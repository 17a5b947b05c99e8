//! What a client says on the socket: each command is the operation of the Platform API under other
//! names, by the same verb.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    chat::{
        acting::{self, Target},
        channels, messages, polls, presence, reads, sessions, signals, users,
    },
    dialects::sendbird::{
        access,
        error::{Error, Result},
        extra_data::alter,
        extract::Call,
        frames::{self, text, with},
        messages::{Files, SendBody, UpdateBody},
        wire::{Home, login::expires_at},
    },
    model::{
        channel::{Channel, ChannelKind},
        ids::{ConnectionId, MessageId, UserId},
        origin::{Origin, Platform},
    },
    state::Application,
    web::field::{Field, Lenient},
};

/// A command as it came in.
pub(super) struct Command<'a> {
    pub(super) code: &'a str,
    fields: Map<String, Value>,
}

impl Command<'_> {
    /// What the client calls its request.
    pub(super) fn request(&self) -> Option<Value> {
        self.fields.get("req_id").filter(|id| !id.is_null()).cloned()
    }
}

/// Reads a frame: four letters and a JSON object.
pub(super) fn parse(frame: &str) -> Option<Command<'_>> {
    let (code, json) = frame.split_at_checked(4)?;
    if !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let fields = if json.trim().is_empty() { Map::new() } else { serde_json::from_str(json).ok()? };
    Some(Command { code, fields })
}

/// A client that is logged in, as whom its commands are done.
pub(super) struct Client {
    pub(super) call: Call,
    pub(super) id: ConnectionId,
    pub(super) user: UserId,
    pub(super) platform: Platform,
    pub(super) key: String,
    /// The application was replaced under it, and may not know its session any more: it can begin anew.
    pub(super) orphaned: bool,
}

impl Client {
    /// The user, and which connection it is.
    pub(super) fn who(&self) -> (UserId, ConnectionId) {
        (self.user.clone(), self.id)
    }

    /// Does what a command says, and gives the frame that answers it, if one does.
    pub(super) async fn obey(&mut self, command: Command<'_>) -> Option<String> {
        let Command { code, mut fields } = command;
        let request = fields.remove("req_id").filter(|id| !id.is_null());
        let outcome = match code {
            "PING" => return Some(self.pong(&fields).await),
            "MESG" | "FILE" => {
                let word = request.clone().filter(Value::is_string);
                fields.extend(word.map(|word| ("req_id".to_owned(), word)));
                self.send(code, fields).await
            }
            "MEDI" | "FEDI" => self.edit(code, fields).await,
            "READ" => self.read(&fields).await,
            "MACK" | "TPST" | "TPEN" => {
                let done = match code {
                    "MACK" => self.delivered(&fields).await,
                    _ => self.typing(&fields, code == "TPST").await,
                };
                return done.err().map(|error| error.frame("EROR", request.as_ref()));
            }
            "ENTR" | "EXIT" => self.enter(&fields, code == "ENTR").await,
            "VOTE" => self.vote(&fields).await,
            "LOGI" => self.refresh(&fields).await,
            _ => Err(Error::not_served(code)),
        };
        Some(match outcome {
            Ok(answer) => text(code, &with(answer, "req_id", request)),
            Err(error) => error.frame("EROR", request.as_ref()),
        })
    }

    fn home(&self) -> Home<'_> {
        Home::of_client(&self.call.base_url, &self.call.application)
    }

    /// Runs a verb as the user, who needs the right to the operation that it is.
    async fn write<T>(
        &self,
        operation: &str,
        target: Target,
        verb: impl FnOnce(&mut Application) -> Result<T>,
    ) -> Result<T> {
        let verb = |app: &mut Application| {
            sessions::by_key(app, &self.key)?;
            acting::check(app, &self.user, access::right_of(operation), &target)?;
            verb(app)
        };
        let origin = Origin { connection: Some(self.id), platform: Some(self.platform) };
        self.call.site.engine.write_from(origin, &self.call.application, verb).await
    }

    /// Whether the user may do that in a channel, or with a message in it.
    fn may(&self, app: &Application, operation: &str, channel: &Channel, number: Option<i64>) -> Result<()> {
        let target = Target { number, ..target(channel.kind, channel.id.as_str()) };
        Ok(acting::check(app, &self.user, access::right_of(operation), &target)?)
    }

    async fn pong(&self, fields: &Map<String, Value>) -> String {
        let now = self.call.read(|app| Ok(app.now().0)).await.unwrap_or_default();
        text("PONG", &json!({ "id": fields.get("id"), "ts": now, "sts": now }))
    }

    async fn send(&self, code: &str, mut fields: Map<String, Value>) -> Result<Value> {
        fields.insert("message_type".to_owned(), code.into());
        fields.insert("user_id".to_owned(), self.user.as_str().into());
        rename(&mut fields, &[("silent", "is_silent"), ("metaarray", "sorted_metaarray")]);
        if code == "FILE" {
            rename(&mut fields, &[("name", "file_name"), ("type", "file_type"), ("size", "file_size")]);
            if fields.get("files").and_then(Value::as_array).is_some_and(Vec::is_empty) {
                fields.remove("files");
            }
        }
        if fields.remove("push_option").is_some_and(|option| option == "suppress") {
            fields.insert("send_push".to_owned(), false.into());
        }
        fields.insert("include_poll_details".to_owned(), true.into());
        let body: SendBody = of(&fields)?;
        let url: String = required(&fields, "channel_url")?;
        let view = self
            .write("sendAMessage", Target::default(), |app| {
                // Of which kind it is, the command does not say; so the right is looked at here.
                let channel = channels::find_of_any_kind(app, &url)?;
                self.may(app, "sendAMessage", &channel, None)?;
                let new = Files::none().message(app, body)?;
                Ok(messages::send(app, &channel, new, messages::SendRules::USUAL)?)
            })
            .await?;
        Ok(frames::messages::object(&view, self.home()))
    }

    async fn edit(&self, code: &str, mut fields: Map<String, Value>) -> Result<Value> {
        let url: String = required(&fields, "channel_url")?;
        let id = MessageId(required(&fields, "msg_id")?);
        let kind = if code == "MEDI" { "MESG" } else { "FILE" };
        fields.insert("message_type".to_owned(), kind.into());
        let meta = fields.remove("metaarray").filter(|meta| !meta.is_null());
        let words = ["message", "data", "custom_type", "mention_type", "mentioned_user_ids"];
        let edits = words.iter().any(|name| fields.get(*name).is_some_and(|value| !value.is_null()));
        let body: UpdateBody = of(&fields)?;
        let (before, view) = self
            .write("updateAMessage", Target::default(), |app| {
                let channel = channels::find_of_any_kind(app, &url)?;
                self.may(app, "updateAMessage", &channel, Some(id.0))?;
                let before = messages::find_in(app, &channel, id)?;
                let mut message = before.clone();
                if edits || meta.is_none() {
                    let (kind, patch) = body.check()?;
                    message = messages::edit(app, &channel, &message, kind, patch)?.message;
                }
                if let Some(meta) = meta {
                    message = alter(app, &message, &meta)?;
                }
                Ok((before, messages::view(app, &channel, &message, frames::messages::WHOLE)))
            })
            .await?;
        let answer = frames::messages::object(&view, self.home());
        Ok(with(answer, "old_values", Some(frames::messages::old_values(&before.mention))))
    }

    async fn read(&self, fields: &Map<String, Value>) -> Result<Value> {
        let url: String = required(fields, "channel_url")?;
        let home = self.home();
        self.write("markChannelMessagesAsRead", target(ChannelKind::Group, &url), |app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            reads::mark(app, &channel.id, self.user.as_str(), None)?;
            let read = frames::receipts::read(app, &channel.id, &self.user, home);
            Ok(with(read, "unread_cnt", Some(frames::unread(app, &self.user))))
        })
        .await
    }

    async fn delivered(&self, fields: &Map<String, Value>) -> Result<()> {
        let url: String = required(fields, "channel_url")?;
        self.write("markChannelMessagesAsDelivered", target(ChannelKind::Group, &url), |app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            reads::deliver(app, &channel.id, self.user.as_str())?;
            Ok(())
        })
        .await
    }

    async fn typing(&self, fields: &Map<String, Value>, on: bool) -> Result<()> {
        let url: String = required(fields, "channel_url")?;
        self.write("startTyping", target(ChannelKind::Group, &url), |app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            Ok(signals::typing(app, &channel, &[self.user.to_string()], on)?)
        })
        .await
    }

    async fn enter(&self, fields: &Map<String, Value>, enters: bool) -> Result<Value> {
        let url: String = required(fields, "channel_url")?;
        let count = self
            .write("viewAnOpenChannel", target(ChannelKind::Open, &url), |app| {
                let channel = channels::find(app, ChannelKind::Open, &url)?;
                Ok(if enters {
                    presence::enter(app, &channel, &self.user, self.id)?
                } else {
                    presence::exit(app, &channel, &self.user, self.id)
                })
            })
            .await?;
        Ok(json!({ "channel_url": url, "channel_type": "open", "participant_count": count }))
    }

    async fn vote(&self, fields: &Map<String, Value>) -> Result<Value> {
        let number = required(fields, "poll_id")?;
        let choice: Vec<i64> = required(fields, "option_ids")?;
        let target = Target { number: Some(number), ..Target::default() };
        self.write("castOrCancelAVote", target, |app| {
            let poll = polls::find(app, number)?;
            let view = polls::vote(app, &poll, self.user.as_str(), &choice)?;
            let options = view.options.iter().flatten();
            let counts: Vec<_> = options.map(|option| (option.option.number, option.votes)).collect();
            Ok(with(frames::polls::voted(app, &view.poll, &counts), "voted_option_ids", Some(json!(choice))))
        })
        .await
    }

    /// Goes on under a new key.
    async fn refresh(&mut self, fields: &Map<String, Value>) -> Result<Value> {
        let token = field::<String>(fields, "token").optional("token")?.filter(|token| !token.is_empty());
        // Some clients say true, some say 1.
        let expiring = fields.get("expiring_session").is_some_and(|said| *said == true || *said == 1);
        let verb = |app: &mut Application| {
            let key = if self.orphaned && sessions::by_key(app, &self.key).is_err() {
                sessions::log_in(app, self.user.as_str(), token.as_deref(), expiring)?
            } else {
                sessions::refresh(app, &self.key, token.as_deref(), expiring)?
            };
            users::acting(app, key.user.as_str())?;
            Ok::<_, Error>(key)
        };
        let key = self.call.site.engine.write(&self.call.application, verb).await?;
        self.key = key.key.to_string();
        self.orphaned = false;
        Ok(json!({ "key": key.key, "new_key": key.key, "expires_at": expires_at(&key) }))
    }
}

fn target(kind: ChannelKind, url: &str) -> Target {
    Target { channel: Some((kind, url.to_owned())), ..Target::default() }
}

/// One field.
fn field<T: Lenient>(fields: &Map<String, Value>, name: &str) -> Field<T> {
    let value = fields.get(name).cloned().unwrap_or_default();
    Field::deserialize(value).unwrap_or_default()
}

/// One field, which has to be there.
fn required<T: Lenient>(fields: &Map<String, Value>, name: &'static str) -> Result<T> {
    Ok(field(fields, name).required(name)?)
}

/// Fields as the body of an operation has them.
fn of<T: for<'de> Deserialize<'de>>(fields: &Map<String, Value>) -> Result<T> {
    T::deserialize(fields).map_err(|_| Error::invalid("frame", "It must be a JSON object"))
}

fn rename(fields: &mut Map<String, Value>, names: &[(&str, &str)]) {
    for (from, to) in names {
        if let Some(value) = fields.remove(*from) {
            fields.insert((*to).to_owned(), value);
        }
    }
}
