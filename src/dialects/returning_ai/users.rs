//! Users: creating one and asking who it is.

use std::collections::BTreeMap;

use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    encode::{Shown, Success, ok},
    error::Error,
    extract::{Body, Call, filled, list},
};
use crate::{
    chat::users::{self, NewUser},
    model::{Extra, ids::ObjectId, user::User},
    web::{
        field::{Field, FieldError, Problem},
        routes::Routes,
    },
};

/// Under which name this dialect keeps what no rule reads.
const OWN: &str = "returning_ai";

/// The longest e-mail address, in bytes.
const LONGEST_EMAIL: usize = 254;

/// The operations of users.
pub(super) fn routes() -> Routes {
    Routes::of("Users, activity, bulk").post("create-new-user", "/apis/v1/users", create).post(
        "get-user-data",
        "/apis/v1/users/info",
        info,
    )
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CreateBody {
    firstname: Field<String>,
    lastname: Field<String>,
    username: Field<String>,
    displayname: Field<String>,
    email: Field<String>,
    password: Field<String>,
    confirm_password: Field<String>,
    access_level: Field<i64>,
    join_server: Field<bool>,
    email_password: Field<bool>,
    send_email: Field<bool>,
    email_template: Field<String>,
    custom_fields: Field<Vec<BTreeMap<String, Value>>>,
    external_id: Field<String>,
    referral: Field<String>,
}

/// What this service knows of a user and chat does not.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Own {
    firstname: String,
    lastname: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_level: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    join_server: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_template: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referral: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    custom_fields: Map<String, Value>,
}

impl CreateBody {
    fn check(self) -> Result<NewUser, Error> {
        let firstname = filled(self.firstname, "firstname")?;
        let lastname = filled(self.lastname, "lastname")?;
        let username = filled(self.username, "username")?;
        let displayname = filled(self.displayname, "displayname")?;
        let email = filled(self.email, "email")?;
        let password = self.password.optional("password")?;
        let confirmed = self.confirm_password.optional("confirmPassword")?;
        let own = Own {
            firstname,
            lastname,
            access_level: self.access_level.optional("accessLevel")?,
            join_server: self.join_server.optional("joinServer")?,
            email_template: self.email_template.optional("emailTemplate")?,
            external_id: self.external_id.optional("externalId")?,
            referral: self.referral.optional("referral")?,
            custom_fields: by_name(list(self.custom_fields, "customFields")?)?,
        };
        self.email_password.optional("emailPassword")?;
        self.send_email.optional("sendEmail")?;
        if !is_email(&email) {
            return Err(Error::bad("email is invalid"));
        }
        if password != confirmed {
            return Err(Error::bad("confirmPassword is not the password"));
        }
        let own = serde_json::to_value(own).expect("what is kept of a user is plain data");
        let extra = Extra::from_iter([(OWN.to_owned(), own)]);
        Ok(NewUser { id: username, nickname: displayname, email, extra, ..NewUser::default() })
    }
}

/// Custom fields as they are told: values by name. They come as a list, each with its name under
/// a key of just this spelling.
fn by_name(fields: Vec<BTreeMap<String, Value>>) -> Result<Map<String, Value>, FieldError> {
    let mut named = Map::new();
    for mut field in fields {
        let Some(Value::String(name)) = field.remove("fieldIdorName").filter(|name| *name != "") else {
            return Err(FieldError { name: "fieldIdorName", problem: Problem::Missing });
        };
        named.insert(name, field.remove("value").unwrap_or_default());
    }
    Ok(named)
}

fn is_email(text: &str) -> bool {
    let fits = text.len() <= LONGEST_EMAIL && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let halves = text.split_once('@');
    fits && halves.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'))
}

#[derive(Serialize)]
struct NewBody<'a> {
    #[serde(rename = "_id")]
    long_id: Shown<ObjectId>,
    id: Shown<i64>,
    username: &'a str,
    email: &'a str,
}

/// <https://dev.returning.ai/api-15697164>, <https://dev.returning.ai/users/create-user>
async fn create(call: Call, body: Body<CreateBody>) -> Result<Response, Error> {
    let user = call.write(|app| Ok(users::create(app, body.take()?.check()?)?)).await?;
    let data = NewBody {
        long_id: Shown(users::object_id(&user)),
        id: Shown(user.number),
        username: user.id.as_str(),
        email: &user.email,
    };
    Ok(ok(&Success::with("User created successfully", data)))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InfoBody {
    id_or_email: Field<String>,
}

/// What is told of a user. Nothing moves the counters of games yet.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserBody<'a> {
    user_id: String,
    username: &'a str,
    xp: i64,
    coins: i64,
    roles: [&'a str; 1],
    highest_role: &'a str,
    first_name: String,
    last_name: String,
    xp_earned_today: i64,
    coins_earned_today: i64,
    language: &'a str,
    total_messages: usize,
    total_reactions: usize,
    visit_count: i64,
    reply_sent: usize,
    time_spent: i64,
    login_streak: i64,
    custom_fields: Map<String, Value>,
    #[serde(rename = "_id")]
    long_id: String,
}

/// The role that everybody has.
const EVERYBODY: &str = "@all";

/// <https://dev.returning.ai/get-user-data>
async fn info(call: Call, body: Body<InfoBody>) -> Result<Response, Error> {
    let (user, activity) = call
        .read(|app| {
            let id = filled(body.take()?.id_or_email, "idOrEmail")?;
            let user = users::find_by_any(app, &id)?;
            let activity = users::activity(app, &user);
            Ok((user, activity))
        })
        .await?;
    let own = own(&user);
    let data = UserBody {
        user_id: user.number.to_string(),
        username: user.id.as_str(),
        roles: [EVERYBODY],
        highest_role: EVERYBODY,
        first_name: own.firstname,
        last_name: own.lastname,
        language: "English",
        total_messages: activity.messages,
        total_reactions: activity.reactions,
        reply_sent: activity.replies,
        custom_fields: own.custom_fields,
        long_id: users::object_id(&user).to_string(),
        ..UserBody::default()
    };
    Ok(ok(&Success::with(None, data)))
}

/// What this service knows of a user; nothing, where the other one has created it.
fn own(user: &User) -> Own {
    user.extra.get(OWN).and_then(|own| Own::deserialize(own).ok()).unwrap_or_default()
}
