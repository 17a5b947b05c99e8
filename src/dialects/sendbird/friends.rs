//! Friends of users.
//! <https://sendbird.com/docs/chat/sdk/v4/javascript/user/friend-discovery/overview-friend-discovery>

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, Query, answer, done},
    list::{ChangeQuery, PageQuery, changes_after, either},
    wire::{Home, user::UserBody},
};
use crate::{
    chat::{
        changelog::{self, FriendStep},
        friends::{self, Contact, FriendView, Wanted},
        users,
    },
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    Routes::of("Users")
        .post("addFriends", "/v3/users/{user_id}/friends", add)
        .get("listFriends", "/v3/users/{user_id}/friends", list)
        .delete("removeFriends", "/v3/users/{user_id}/friends", remove)
        .get("getFriendChangelogs", "/v3/users/{user_id}/friends/changelogs", changelogs)
        .put("uploadFriendDiscoveries", "/v3/users/{user_id}/friend_discoveries", discover)
        .delete("deleteFriendDiscoveries", "/v3/users/{user_id}/friend_discoveries", forget_contacts)
        .get("getFriendDiscoveryPreference", "/v3/users/{user_id}/allow_friend_discovery", view_discovery)
        .put("updateFriendDiscoveryPreference", "/v3/users/{user_id}/allow_friend_discovery", allow_discovery)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WantedBody {
    user_ids: Field<Vec<String>>,
    discovery_keys: Field<Vec<String>>,
}

impl WantedBody {
    fn check(self) -> Result<Wanted> {
        if !self.user_ids.is_given() && !self.discovery_keys.is_given() {
            return Err(Error::missing("user_ids"));
        }
        Ok(Wanted {
            users: self.user_ids.or_default("user_ids")?,
            keys: self.discovery_keys.or_default("discovery_keys")?,
        })
    }
}

#[derive(Serialize)]
struct FriendBody<'a> {
    #[serde(flatten)]
    user: UserBody<'a>,
    friend_discovery_key: Option<&'a str>,
    friend_name: Option<&'a str>,
}

#[derive(Serialize)]
struct ListBody<'a> {
    users: Vec<FriendBody<'a>>,
    next: String,
}

impl<'a> FriendBody<'a> {
    fn new(view: &'a FriendView, home: Home<'a>) -> Self {
        Self {
            user: UserBody::new(&view.user, home),
            friend_discovery_key: view.friend.discovery_key.as_deref(),
            friend_name: Some(&*view.friend.name).filter(|name| !name.is_empty()),
        }
    }
}

fn bodies<'a>(friends: &'a [FriendView], home: Home<'a>) -> Vec<FriendBody<'a>> {
    friends.iter().map(|view| FriendBody::new(view, home)).collect()
}

/// No page documents it; client SDKs know the path.
async fn add(call: Call, Path(id): Path<String>, Body(body, _): Body<WantedBody>) -> Result<Answer> {
    let added = call
        .write(|app| {
            let user = users::find(app, &id)?;
            Ok(friends::add(app, &user, &body.check()?)?)
        })
        .await?;
    Ok(answer(&ListBody { users: bodies(&added, Home::of(&call)), next: String::new() }))
}

/// No page documents it; client SDKs know the path.
async fn list(call: Call, Path(id): Path<String>, Query(query): Query<PageQuery>) -> Result<Answer> {
    let page = call
        .read(|app| {
            let user = users::find(app, &id)?;
            let asked = query.asked("friends")?;
            Ok(friends::list(app, &user, asked.after.as_ref(), asked.limit))
        })
        .await?;
    let users = bodies(&page.items, Home::of(&call));
    Ok(answer(&ListBody { users, next: page::write("friends", page.next.as_ref()) }))
}

/// No page documents it; client SDKs know the path.
async fn remove(
    call: Call,
    Path(id): Path<String>,
    Query(query): Query<WantedBody>,
    Body(body, _): Body<WantedBody>,
) -> Result<Answer> {
    call.write(|app| {
        let user = users::find(app, &id)?;
        let wanted = WantedBody {
            user_ids: either(query.user_ids, body.user_ids),
            discovery_keys: either(query.discovery_keys, body.discovery_keys),
        };
        friends::remove(app, &user, &wanted.check()?);
        Ok(())
    })
    .await?;
    Ok(done())
}

#[derive(Serialize)]
struct ChangesBody<'a> {
    updated: Vec<FriendBody<'a>>,
    deleted: Vec<&'a str>,
    has_more: bool,
    next: String,
}

/// No page documents it; client SDKs know the path.
async fn changelogs(
    call: Call,
    Path(id): Path<String>,
    Query(query): Query<PageQuery>,
    Query(change): Query<ChangeQuery>,
) -> Result<Answer> {
    const LIST: &str = "friend_changelogs";
    let (page, next) = call
        .read(|app| {
            let user = users::find(app, &id)?;
            let asked = query.asked(LIST)?;
            let moment = change.moment()?;
            if moment.is_some_and(|moment| moment < 0) {
                return Err(Error::negative("change_ts"));
            }
            let after = changes_after(asked.after, moment)?;
            Ok(changelog::of_friends(app, &user, &after, asked.limit))
        })
        .await?;
    let home = Home::of(&call);
    let updated = page.items.iter().filter_map(|step| match step {
        FriendStep::Updated(view) => Some(FriendBody::new(view, home)),
        FriendStep::Gone(_) => None,
    });
    let deleted = page.items.iter().filter_map(|step| match step {
        FriendStep::Gone(id) => Some(id.as_str()),
        FriendStep::Updated(_) => None,
    });
    let (updated, deleted) = (updated.collect(), deleted.collect());
    let (has_more, next) = (page.next.is_some(), page::write(LIST, Some(&next)));
    Ok(answer(&ChangesBody { updated, deleted, has_more, next }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ContactsBody {
    friend_discoveries: Field<Vec<Value>>,
}

/// One contact: its key, and perhaps what the user calls it.
fn contact(value: Value) -> Result<Contact> {
    let Value::Object(mut contact) = value else {
        return Err(Error::invalid("friend_discoveries", "It must be a list of objects"));
    };
    let key = match contact.remove("friend_discovery_key") {
        Some(Value::String(key)) if !key.is_empty() => key,
        _ => return Err(Error::invalid("friend_discovery_key", "It must be a text")),
    };
    match contact.remove("friend_name") {
        None | Some(Value::Null) => Ok(Contact { key, name: String::new() }),
        Some(Value::String(name)) => Ok(Contact { key, name }),
        Some(_) => Err(Error::invalid("friend_name", "It must be a text")),
    }
}

/// No page documents it; client SDKs know the path.
async fn discover(call: Call, Path(id): Path<String>, Body(body, _): Body<ContactsBody>) -> Result<Answer> {
    call.write(|app| {
        let user = users::find(app, &id)?;
        let contacts = body.friend_discoveries.required("friend_discoveries")?;
        let contacts = contacts.into_iter().map(contact).collect::<Result<Vec<_>>>()?;
        Ok(friends::discover(app, &user, &contacts)?)
    })
    .await?;
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct KeysQuery {
    friend_discovery_keys: Field<Vec<String>>,
}

/// No page documents it; client SDKs know the path.
async fn forget_contacts(
    call: Call,
    Path(id): Path<String>,
    Query(query): Query<KeysQuery>,
    Body(body, _): Body<KeysQuery>,
) -> Result<Answer> {
    call.write(|app| {
        let user = users::find(app, &id)?;
        let keys = either(query.friend_discovery_keys, body.friend_discovery_keys);
        friends::forget_contacts(app, &user, &keys.required("friend_discovery_keys")?);
        Ok(())
    })
    .await?;
    Ok(done())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DiscoveryBody {
    allow_friend_discovery: Field<bool>,
}

#[derive(Serialize)]
struct DiscoveryAnswer {
    allow_friend_discovery: bool,
}

/// No page documents it; client SDKs know the path.
async fn view_discovery(call: Call, Path(id): Path<String>) -> Result<Answer> {
    let user = call.read(|app| Ok(users::find(app, &id)?)).await?;
    Ok(answer(&DiscoveryAnswer { allow_friend_discovery: user.discoverable }))
}

/// No page documents it; client SDKs know the path.
async fn allow_discovery(call: Call, Path(id): Path<String>, Body(body, _): Body<DiscoveryBody>) -> Result<Answer> {
    let allowed = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let allowed = body.allow_friend_discovery.required("allow_friend_discovery")?;
            users::allow_discovery(app, &user, allowed);
            Ok(allowed)
        })
        .await?;
    Ok(answer(&DiscoveryAnswer { allow_friend_discovery: allowed }))
}
