//! Group channels.
//! <https://sendbird.com/docs/chat/platform-api/v3/channel/channel-overview>

use std::{
    collections::BTreeMap,
    ops::Bound::{self, Unbounded},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    error::{Error, Result},
    extract::{Answer, Body, Call, Path, Query, answer, done},
    list::{asked, word},
    storage::{kept, uploaded},
    wire::{
        Home,
        channel::{GroupChannelBody, ShowKeys},
    },
};
use crate::{
    chat::{
        Field as ChatField,
        channels::{
            self, ChannelFilter, ChannelOrder, ChannelPatch, ChannelView, CounterMatch, MetadataMatch, NewChannel,
            Show,
        },
        limits,
        membership::Invitation,
        users,
    },
    model::{
        channel::{ChannelKind, Hidden, MemberState},
        file::Link,
        ids::UserId,
        time::Timestamp,
    },
    state::Application,
    web::{
        field::{Field, FieldError, Kind, Problem},
        page,
        routes::Routes,
    },
};

pub(super) fn routes() -> Routes {
    Routes::of("Group channels")
        .post("createAGroupChannel", "/v3/group_channels", create)
        .get("listGroupChannels", "/v3/group_channels", list)
        .get("viewAGroupChannel", "/v3/group_channels/{channel_url}", view)
        .put("updateAGroupChannel", "/v3/group_channels/{channel_url}", update)
        .delete("deleteAGroupChannel", "/v3/group_channels/{channel_url}", remove)
}

/// The id that the client wants, or one like those that the service makes.
pub(super) fn id_or_new(app: &mut Application, wanted: Option<String>, prefix: &str) -> String {
    wanted.unwrap_or_else(|| format!("{prefix}_{}_{}", 100_000_000 + app.next_number(), app.draw()))
}

/// The picture that channels without a cover get.
pub(super) fn stock_cover(app: &Application) -> Link {
    let number = 11 + app.head().counters.others % 5;
    Link::to(&format!("https://static.sendbird.com/sample/cover/cover_{number}.jpg"))
}

/// Users as a list of ids, or as a list of objects of which only the id matters.
pub(super) fn user_ids(ids: Field<Vec<String>>, users: Field<Vec<Value>>) -> Result<Option<Vec<String>>> {
    let (ids, users) = (ids.optional("user_ids")?, users.optional("users")?);
    if ids.is_some() {
        return Ok(ids);
    }
    let Some(users) = users else { return Ok(None) };
    let ids = users.into_iter().map(|user| match user {
        Value::String(id) => Ok(id),
        Value::Object(mut user) => match user.remove("user_id") {
            Some(Value::String(id)) => Ok(id),
            Some(_) => Err(FieldError { name: "user_id", problem: Problem::Not(Kind::Text) }),
            None => Err(FieldError { name: "user_id", problem: Problem::Missing }),
        },
        _ => Err(FieldError { name: "users", problem: Problem::Not(Kind::Object) }),
    });
    let ids: Vec<String> = ids.collect::<std::result::Result<_, _>>()?;
    if ids.iter().any(|id| id.contains('\0')) {
        return Err(FieldError { name: "user_id", problem: Problem::Nul }.into());
    }
    Ok(Some(ids))
}

/// Per user: whether the user is in at once.
pub(super) fn invitation_status(field: Field<BTreeMap<String, String>>) -> Result<BTreeMap<String, MemberState>> {
    let states = field.or_default("invitation_status")?.into_iter().map(|(user, status)| {
        let state = match status.as_str() {
            "joined" => MemberState::Joined,
            "invited_by_friend" | "invited_by_non_friend" | "invited" => MemberState::Invited,
            _ => return Err(Error::invalid("invitation_status", "It has an unknown status")),
        };
        Ok((user, state))
    });
    states.collect()
}

/// Per user: whether the user's own list shows the channel.
pub(super) fn hidden_status(field: Field<BTreeMap<String, String>>) -> Result<BTreeMap<String, Hidden>> {
    let states = field.or_default("hidden_status")?.into_iter().map(|(user, status)| {
        let hidden = match status.as_str() {
            "unhidden" => Hidden::No,
            "hidden_allow_auto_unhide" => Hidden::UntilNextMessage,
            "hidden_prevent_auto_unhide" => Hidden::ForGood,
            _ => return Err(Error::invalid("hidden_status", "It has an unknown status")),
        };
        Ok((user, hidden))
    });
    states.collect()
}

/// How a single channel is shown; to a client as its user sees it.
pub(super) fn single(call: &Call) -> Show {
    let viewer = call.user().cloned();
    Show { members: true, operators: true, client: viewer.is_some(), viewer, ..Show::default() }
}

/// With which keys a single channel is printed where the question says nothing of them.
pub(super) fn single_keys(call: &Call) -> ShowKeys {
    let receipts = call.user().is_some();
    ShowKeys { read_receipt: receipts, delivery_receipt: receipts, ..SINGLE }
}

/// With which keys a single channel is printed.
pub(super) const SINGLE: ShowKeys = ShowKeys {
    single: true,
    members: true,
    read_receipt: false,
    delivery_receipt: false,
    metadata: false,
    metaarray: false,
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct CreateBody {
    user_ids: Field<Vec<String>>,
    users: Field<Vec<Value>>,
    name: Field<String>,
    channel_url: Field<String>,
    cover_url: Field<String>,
    custom_type: Field<String>,
    data: Field<String>,
    is_distinct: Field<bool>,
    is_public: Field<bool>,
    is_super: Field<bool>,
    is_ephemeral: Field<bool>,
    is_broadcast: Field<bool>,
    is_exclusive: Field<bool>,
    is_discoverable: Field<bool>,
    message_survival_seconds: Field<i64>,
    access_code: Field<String>,
    inviter_id: Field<String>,
    strict: Field<bool>,
    invitation_status: Field<BTreeMap<String, String>>,
    hidden_status: Field<BTreeMap<String, String>>,
    operator_ids: Field<Vec<String>>,
    block_sdk_user_channel_join: Field<bool>,
    metadata: Field<BTreeMap<String, String>>,
}

impl CreateBody {
    fn check(self) -> Result<(NewChannel, Option<String>, Option<Link>)> {
        let mut new = NewChannel::new(String::new(), ChannelKind::Group);
        new.members = Invitation {
            users: user_ids(self.user_ids, self.users)?.unwrap_or_default(),
            inviter: self.inviter_id.optional("inviter_id")?,
            states: invitation_status(self.invitation_status)?,
            hidden: hidden_status(self.hidden_status)?,
        };
        new.name = self.name.or("name", "Group Channel".into())?;
        new.custom_type = self.custom_type.optional("custom_type")?;
        new.data = self.data.or_default("data")?;
        new.distinct = self.is_distinct.or_default("is_distinct")?;
        new.public = self.is_public.or_default("is_public")?;
        new.broadcast = self.is_broadcast.or_default("is_broadcast")?;
        new.exclusive = self.is_exclusive.or_default("is_exclusive")?;
        // Both are kinds of Supergroup.
        new.large = self.is_super.or_default("is_super")? || new.broadcast || new.exclusive;
        new.ephemeral = self.is_ephemeral.or_default("is_ephemeral")?;
        new.discoverable = self.is_discoverable.optional("is_discoverable")?;
        new.survival_seconds = self.message_survival_seconds.or("message_survival_seconds", -1)?;
        new.access_code = self.access_code.or_default("access_code")?;
        new.strict = self.strict.or_default("strict")?;
        new.operators = self.operator_ids.or_default("operator_ids")?;
        new.joined_by_servers_only = self.block_sdk_user_channel_join.or_default("block_sdk_user_channel_join")?;
        new.metadata = self.metadata.or_default("metadata")?;
        let cover = self.cover_url.optional("cover_url")?.map(|url| Link::to(&url));
        Ok((new, self.channel_url.optional("channel_url")?, cover))
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/creating-a-channel/create-a-group-channel>
async fn create(call: Call, Body(body, parts): Body<CreateBody>) -> Result<Answer> {
    let (mut new, url, cover) = body.check()?;
    let upload = uploaded(&call, parts, "cover_file").await?;
    let view = call
        .write(|app| {
            new.id = id_or_new(app, url, "sendbird_group_channel");
            new.cover = kept(app, upload.as_ref()).or(cover).unwrap_or_else(|| stock_cover(app));
            let channel = channels::create(app, new)?;
            Ok(channels::view(app, &channel, &single(&call)))
        })
        .await?;
    Ok(answer(&GroupChannelBody::new(&view, single_keys(&call), Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    pub(super) token: Field<String>,
    pub(super) limit: Field<i64>,
    distinct_mode: Field<String>,
    public_mode: Field<String>,
    super_mode: Field<String>,
    created_after: Field<i64>,
    created_before: Field<i64>,
    show_empty: Field<bool>,
    show_member: Field<bool>,
    member: Field<bool>,
    show_read_receipt: Field<bool>,
    show_delivery_receipt: Field<bool>,
    show_metadata: Field<bool>,
    show_frozen: Field<bool>,
    order: Field<String>,
    metadata_order_key: Field<String>,
    custom_types: Field<Vec<String>>,
    custom_type: Field<Vec<String>>,
    custom_type_startswith: Field<String>,
    channel_urls: Field<Vec<String>>,
    name: Field<Vec<String>>,
    name_contains: Field<String>,
    name_startswith: Field<String>,
    members_exactly_in: Field<Vec<String>>,
    members_include_in: Field<Vec<String>>,
    query_type: Field<String>,
    members_nickname: Field<Vec<String>>,
    members_nickname_contains: Field<String>,
    metadata_key: Field<String>,
    metadata_values: Field<Vec<String>>,
    metadata_value_startswith: Field<String>,
    metacounter_key: Field<String>,
    metacounter_values: Field<Vec<i64>>,
    metacounter_value_gt: Field<i64>,
    metacounter_value_gte: Field<i64>,
    metacounter_value_lt: Field<i64>,
    metacounter_value_lte: Field<i64>,
    include_sorted_metaarray_in_last_message: Field<bool>,
    show_pinned_messages: Field<bool>,
    user_id: Field<String>,
    public_membership_mode: Field<String>,
}

/// How a counter of the channels has to stand.
struct CounterQuery {
    key: Field<String>,
    values: Field<Vec<i64>>,
    gt: Field<i64>,
    gte: Field<i64>,
    lt: Field<i64>,
    lte: Field<i64>,
}

impl CounterQuery {
    fn check(self) -> Result<Option<(String, CounterMatch)>> {
        let values = self.values.optional("metacounter_values")?.filter(|values| !values.is_empty());
        let gt = self.gt.optional("metacounter_value_gt")?.map(Bound::Excluded);
        let gte = self.gte.optional("metacounter_value_gte")?.map(Bound::Included);
        let lt = self.lt.optional("metacounter_value_lt")?.map(Bound::Excluded);
        let lte = self.lte.optional("metacounter_value_lte")?.map(Bound::Included);
        let Some(key) = self.key.optional("metacounter_key")?.filter(|key| !key.is_empty()) else {
            return Ok(None);
        };
        let within = || CounterMatch::Within(gt.or(gte).unwrap_or(Unbounded), lt.or(lte).unwrap_or(Unbounded));
        Ok(Some((key, values.map_or_else(within, CounterMatch::OneOf))))
    }
}

/// What a list of channels is asked for beside its filter.
pub(super) struct ListShape {
    pub(super) keys: ShowKeys,
    pub(super) order: ChannelOrder,
    pub(super) order_key: String,
    viewer: Option<String>,
    pins: bool,
}

impl ListShape {
    /// What is to be looked up for it.
    pub(super) fn show(&self, call: &Call) -> Show {
        let members = self.keys.members || self.keys.read_receipt || self.keys.delivery_receipt;
        Show { members, pins: self.pins, client: call.user().is_some(), ..Show::default() }
    }
}

impl ListQuery {
    pub(super) fn check(self) -> Result<(ChannelFilter, ListShape)> {
        let mode =
            |field, name, yes, no| word(field, name, &[("all", None), (yes, Some(true)), (no, Some(false))], None);
        let counter = CounterQuery {
            key: self.metacounter_key,
            values: self.metacounter_values,
            gt: self.metacounter_value_gt,
            gte: self.metacounter_value_gte,
            lt: self.metacounter_value_lt,
            lte: self.metacounter_value_lte,
        };
        let some = |list: Option<Vec<String>>| list.filter(|list| !list.is_empty());
        let viewer = self.user_id.optional("user_id")?.filter(|id| !id.is_empty());
        let joined_only = word(
            self.public_membership_mode,
            "public_membership_mode",
            &[("all", false), ("joined", true)],
            false,
        )?;
        let any = word(self.query_type, "query_type", &[("AND", false), ("OR", true)], false)?;
        let values = some(self.metadata_values.optional("metadata_values")?).map(MetadataMatch::OneOf);
        let prefix =
            self.metadata_value_startswith.optional("metadata_value_startswith")?.map(MetadataMatch::Prefix);
        let order_key = self.metadata_order_key.or_default("metadata_order_key")?;
        let orders = [
            ("chronological", ChannelOrder::NewestFirst),
            ("latest_last_message", ChannelOrder::LatestMessageFirst),
            ("channel_name_alphabetical", ChannelOrder::Name),
            ("metadata_value_alphabetical", ChannelOrder::Metadata),
        ];
        let order = word(self.order, "order", &orders, ChannelOrder::NewestFirst)?;
        if order == ChannelOrder::Metadata && order_key.is_empty() {
            return Err(Error::missing("metadata_order_key"));
        }
        let include = some(self.members_include_in.optional("members_include_in")?);
        limits::items(ChatField::AskedMembers, include.as_ref().map_or(0, Vec::len))?;
        let types = some(self.custom_types.optional("custom_types")?);
        let one_type = some(self.custom_type.optional("custom_type")?);
        let filter = ChannelFilter {
            distinct: mode(self.distinct_mode, "distinct_mode", "distinct", "nondistinct")?,
            public: mode(self.public_mode, "public_mode", "public", "private")?,
            large: mode(self.super_mode, "super_mode", "super", "nonsuper")?,
            created_after: self.created_after.optional("created_after")?.map(Timestamp),
            created_before: self.created_before.optional("created_before")?.map(Timestamp),
            without_empty: !self.show_empty.or_default("show_empty")?,
            without_frozen: !self.show_frozen.or("show_frozen", true)?,
            custom_types: types.or(one_type),
            custom_type_prefix: self.custom_type_startswith.optional("custom_type_startswith")?,
            ids: some(self.channel_urls.optional("channel_urls")?).map(|ids| ids.into_iter().collect()),
            id_contains: None,
            names: some(self.name.optional("name")?),
            name_contains: self.name_contains.optional("name_contains")?,
            name_prefix: self.name_startswith.optional("name_startswith")?,
            members_exactly: some(self.members_exactly_in.optional("members_exactly_in")?)
                .map(|users| users.into_iter().collect()),
            members_include: include.map(|users| (users, any)),
            member_nicknames: some(self.members_nickname.optional("members_nickname")?),
            member_nickname_contains: self.members_nickname_contains.optional("members_nickname_contains")?,
            metadata: self.metadata_key.optional("metadata_key")?.zip(values.or(prefix)),
            counter: counter.check()?,
            of_member: viewer.as_deref().filter(|_| joined_only).map(UserId::from),
        };
        let members = self.show_member.or_default("show_member")? || self.member.or_default("member")?;
        let metaarray = self.include_sorted_metaarray_in_last_message;
        let keys = ShowKeys {
            single: false,
            members,
            read_receipt: self.show_read_receipt.or_default("show_read_receipt")?,
            delivery_receipt: self.show_delivery_receipt.or_default("show_delivery_receipt")?,
            metadata: self.show_metadata.or_default("show_metadata")?,
            metaarray: metaarray.or_default("include_sorted_metaarray_in_last_message")?,
        };
        let pins = self.show_pinned_messages.or_default("show_pinned_messages")?;
        Ok((filter, ListShape { keys, order, order_key, viewer, pins }))
    }
}

#[derive(Serialize)]
pub(super) struct ListBody<'a> {
    pub(super) channels: Vec<GroupChannelBody<'a>>,
    pub(super) next: String,
    pub(super) ts: i64,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/listing-channels-in-an-application/list-group-channels>
async fn list(call: Call, Query(mut query): Query<ListQuery>) -> Result<Answer> {
    let asked = asked("group_channels", std::mem::take(&mut query.token), std::mem::take(&mut query.limit))?;
    let (filter, shape) = query.check()?;
    if shape.order == ChannelOrder::LatestMessageFirst && shape.viewer.is_none() && call.user().is_none() {
        return Err(Error::invalid("order", "latest_last_message wants a user_id"));
    }
    let (page, now) = call
        .read(|app| {
            let viewer = shape.viewer.as_deref().map(|id| users::find(app, id)).transpose()?;
            let viewer = viewer.map(|viewer| viewer.id.clone()).or_else(|| call.user().cloned());
            let show = Show { viewer, ..shape.show(&call) };
            let order = (shape.order, shape.order_key.as_str());
            let part = (asked.after.as_ref(), asked.limit);
            Ok((channels::list(app, Some(ChannelKind::Group), &filter, order, part, &show), app.now()))
        })
        .await?;
    let home = Home::of(&call);
    let channels = page.items.iter().map(|view| GroupChannelBody::new(view, shape.keys, home)).collect();
    Ok(answer(&ListBody { channels, next: page::write("group_channels", page.next.as_ref()), ts: now.0 }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ViewQuery {
    show_member: Field<bool>,
    member: Field<bool>,
    member_active_mode: Field<String>,
    show_read_receipt: Field<bool>,
    show_delivery_receipt: Field<bool>,
    show_metadata: Field<bool>,
    show_pinned_messages: Field<bool>,
    user_id: Field<String>,
}

impl ViewQuery {
    fn show(self, app: &Application) -> Result<(ShowKeys, Show, Option<bool>)> {
        let keys = ShowKeys {
            single: true,
            members: self.show_member.or_default("show_member")? || self.member.or_default("member")?,
            read_receipt: self.show_read_receipt.or_default("show_read_receipt")?,
            delivery_receipt: self.show_delivery_receipt.or_default("show_delivery_receipt")?,
            metadata: self.show_metadata.or_default("show_metadata")?,
            metaarray: false,
        };
        let modes = [("all", None), ("activated", Some(true)), ("deactivated", Some(false))];
        let active = word(self.member_active_mode, "member_active_mode", &modes, None)?;
        let viewer = self.user_id.optional("user_id")?.filter(|id| !id.is_empty());
        let viewer = viewer.map(|id| users::find(app, &id)).transpose()?.map(|user| user.id.clone());
        let members = keys.members || keys.read_receipt || keys.delivery_receipt;
        let pins = self.show_pinned_messages.or_default("show_pinned_messages")?;
        Ok((keys, Show { members, operators: true, pins, viewer, client: false }, active))
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/listing-channels-in-an-application/get-a-group-channel>
async fn view(call: Call, Path(url): Path<String>, Query(query): Query<ViewQuery>) -> Result<Answer> {
    let (view, keys) = call
        .read(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            let (keys, mut show, active) = query.show(app)?;
            show.client = call.user().is_some();
            let mut view = channels::view(app, &channel, &show);
            view.members.retain(|member| active.is_none_or(|active| member.user.active == active));
            Ok((view, keys))
        })
        .await?;
    let home = Home::of(&call);
    Ok(answer(&GroupChannelBody::new(&view, keys, home)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UpdateBody {
    name: Field<String>,
    cover_url: Field<String>,
    custom_type: Field<String>,
    data: Field<String>,
    is_distinct: Field<bool>,
    is_public: Field<bool>,
    is_discoverable: Field<bool>,
    access_code: Field<String>,
    message_survival_seconds: Field<i64>,
    operator_ids: Field<Vec<String>>,
    is_super: Field<bool>,
}

impl UpdateBody {
    fn check(self) -> Result<ChannelPatch> {
        Ok(ChannelPatch {
            name: self.name.optional("name")?,
            cover: self.cover_url.optional("cover_url")?.map(|url| Link::to(&url)),
            custom_type: self.custom_type.optional("custom_type")?,
            data: self.data.optional("data")?,
            distinct: self.is_distinct.optional("is_distinct")?,
            public: self.is_public.optional("is_public")?,
            discoverable: self.is_discoverable.optional("is_discoverable")?,
            large: self.is_super.optional("is_super")?,
            access_code: self.access_code.optional("access_code")?,
            survival_seconds: self.message_survival_seconds.optional("message_survival_seconds")?,
            operators: self.operator_ids.optional("operator_ids")?,
            style: None,
            by: None,
        })
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/update-a-group-channel>
async fn update(call: Call, Path(url): Path<String>, Body(body, parts): Body<UpdateBody>) -> Result<Answer> {
    let upload = uploaded(&call, parts, "cover_file").await?;
    let view: ChannelView = call
        .write(|app| {
            let channel = channels::find(app, ChannelKind::Group, &url)?;
            let patch = body.check()?;
            let cover = kept(app, upload.as_ref()).or(patch.cover);
            let channel =
                channels::update(app, &channel, ChannelPatch { cover, by: call.user().cloned(), ..patch })?;
            Ok(channels::view(app, &channel, &single(&call)))
        })
        .await?;
    Ok(answer(&GroupChannelBody::new(&view, single_keys(&call), Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/managing-a-channel/delete-a-group-channel>
async fn remove(call: Call, Path(url): Path<String>) -> Result<Answer> {
    call.write(|app| {
        let channel = channels::find(app, ChannelKind::Group, &url)?;
        channels::remove(app, &channel);
        Ok(())
    })
    .await?;
    Ok(done())
}
