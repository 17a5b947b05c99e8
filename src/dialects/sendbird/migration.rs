//! Bringing in messages from elsewhere.
//! <https://sendbird.com/docs/chat/platform-api/v3/message/migration/migrate-messages>

use serde::Deserialize;
use serde_json::Value;

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, done},
    list::{present, word},
    messages::MESSAGE_TYPES,
    storage::{described, localize},
};
use crate::{
    chat::{
        Field as ChatField, channels, limits,
        messages::NewMessage,
        migration::{self, Receipts},
    },
    model::{
        file::Link,
        message::{Attachment, MessageKind, MetaItem},
        time::Timestamp,
    },
    web::{
        field::{Field, FieldError, Kind, Problem},
        routes::Routes,
    },
};

pub(super) fn routes() -> Routes {
    Routes::of("Messages").post("migrateMessages", "/v3/migration/{target_channel_url}", migrate)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MigrateBody {
    messages: Field<Vec<Value>>,
    update_read_ts: Field<bool>,
    rewind_read_ts: Field<bool>,
}

/// One message. `timestamp` is in milliseconds.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    message_type: Field<String>,
    timestamp: Field<i64>,
    user_id: Field<String>,
    message: Field<String>,
    is_silent: Field<bool>,
    custom_type: Field<String>,
    mention_type: Field<String>,
    mentioned_user_ids: Field<Vec<String>>,
    data: Field<String>,
    custom_field: Field<String>,
    dedup_id: Field<String>,
    sorted_metaarray: Field<Vec<MetaItem>>,
    url: Field<String>,
    file_name: Field<String>,
    file_size: Field<i64>,
    file_type: Field<String>,
    thumbnails: Field<Vec<Value>>,
    require_auth: Field<bool>,
}

impl Item {
    fn of(value: Value) -> Result<NewMessage> {
        if !value.is_object() {
            return Err(FieldError { name: "messages", problem: Problem::Not(Kind::Object) }.into());
        }
        serde_json::from_value::<Self>(value).unwrap_or_default().check()
    }

    fn check(self) -> Result<NewMessage> {
        present(&[("message_type", self.message_type.is_given())])?;
        let kind = word(self.message_type, "message_type", MESSAGE_TYPES, MessageKind::Text)?;
        let is_file = kind == MessageKind::File;
        present(&[
            ("timestamp", self.timestamp.is_given()),
            ("user_id", self.user_id.is_given() || kind == MessageKind::Admin),
            ("message", self.message.is_given() || is_file),
            ("url", self.url.is_given() || !is_file),
        ])?;
        let user = self.user_id.or_default("user_id")?;
        let text = self.message.or_default("message")?;
        let moment = self.timestamp.required("timestamp")?;
        let size = self.file_size.or_default("file_size")?;
        if moment < 0 || size < 0 {
            return Err(Error::negative(if moment < 0 { "timestamp" } else { "file_size" }));
        }
        let file = Attachment {
            link: Link::to(&self.url.or_default("url")?),
            name: self.file_name.or_default("file_name")?.into(),
            media_type: self.file_type.or_default("file_type")?.into(),
            size,
            thumbnails: described(self.thumbnails.or_default("thumbnails")?)?,
            private: self.require_auth.or_default("require_auth")?,
        };
        // The page calls the free text of files by another name.
        let data = self.data.optional("data")?;
        let data = data.or(self.custom_field.optional("custom_field")?.filter(|_| is_file));
        Ok(NewMessage {
            kind,
            custom_type: self.custom_type.or_default("custom_type")?,
            data: data.unwrap_or_default(),
            mentions_everyone: word(
                self.mention_type,
                "mention_type",
                &[("users", false), ("channel", true), ("channels", true)],
                false,
            )?,
            mentioned: self.mentioned_user_ids.or_default("mentioned_user_ids")?,
            silent: self.is_silent.or_default("is_silent")?,
            marks_read: false,
            push: false,
            meta: self.sorted_metaarray.or_default("sorted_metaarray")?,
            created_at: Some(Timestamp(moment)),
            dedup_id: self.dedup_id.optional("dedup_id")?.filter(|id| !id.is_empty()),
            file: is_file.then_some(file),
            ..NewMessage::text(&user, &text)
        })
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/message/migration/migrate-messages>
async fn migrate(call: Call, Path(url): Path<String>, Body(body, _): Body<MigrateBody>) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find_of_any_kind(app, &url)?;
        present(&[("messages", body.messages.is_given())])?;
        let messages = body.messages.required("messages")?;
        limits::items(ChatField::Migrated, messages.len())?;
        let receipts = Receipts {
            forward: body.update_read_ts.or_default("update_read_ts")?,
            back: body.rewind_read_ts.or_default("rewind_read_ts")?,
        };
        let mut items = messages.into_iter().map(Item::of).collect::<Result<Vec<_>>>()?;
        for file in items.iter_mut().filter_map(|item| item.file.as_mut()) {
            localize(app, file);
        }
        Ok(migration::bring_in(app, &channel, items, receipts)?)
    })
    .await?;
    Ok(done())
}
