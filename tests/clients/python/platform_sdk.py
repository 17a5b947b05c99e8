"""Drives a running Mynah with Sendbird's official Python Platform SDK.

The SDK (PyPI `sendbird-platform-sdk`, see requirements.txt) is used as it is
published, with its own type checks of every answer left on, so an answer of
the wrong shape fails a check even where the check does not look at that field.

    pip install -r requirements.txt
    MYNAH_URL=http://127.0.0.1:8080 python platform_sdk.py [WORD]

With WORD, only the checks whose sentence contains it are run.
MYNAH_API_TOKEN sets the API token, for a server that does not take any token.

Each check prints `ok - <sentence>` or `not ok - <sentence>: <reason>`. The last
line is `N passed, N failed`; the exit status is 1 if a check failed, 2 if none
could be run. Every check makes its own users and channels under fresh random
ids, so it can be run against a store that is in use, any number of times.

(The file must not be called sendbird_platform_sdk.py: Python would then import
it in place of the SDK.)
"""

import io
import json
import os
import random
import sys
import time

from sendbird_platform_sdk import ApiClient, ApiException, Configuration
from sendbird_platform_sdk.apis import (
    GroupChannelApi,
    MessageApi,
    OpenChannelApi,
    UserApi,
)
from sendbird_platform_sdk.models import (
    AcceptAnInvitationRequest,
    CreateAGroupChannelRequest,
    CreateAnOpenChannelRequest,
    CreateAUserRequest,
    InviteAsMembersRequest,
    JoinAChannelRequest,
    LeaveAChannelRequest,
    ListMessagesResponse,
    MarkChannelMessagesAsReadRequest,
    SendAMessageRequest,
    SendbirdMessageResponse,
    SendbirdSortedMetaarray,
    SendbirdSortedMetaarrayInner,
    SendbirdUser,
    UpdateAGroupChannelRequest,
    UpdateAMessageRequest,
    UpdateAnOpenChannelRequest,
    UpdateAUserRequest,
)

from checks import TOKEN, URL, check, equal, run, sent_in_vain, short

GROUP = "group_channels"
OPEN = "open_channels"
KINDS = (GROUP, OPEN)

client = ApiClient(Configuration(host=URL))
users = UserApi(client)
group_channels = GroupChannelApi(client)
open_channels = OpenChannelApi(client)
messages = MessageApi(client)

# The checks, and what they stand on


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def absent(model, *names):
    """The answer has none of these properties. (`in` asks the SDK's model.)"""
    for name in names:
        true(name not in model, f"the answer has {name!r}")


def refused(code, call, *args, **kwargs):
    """The call fails as the vendor's calls fail: HTTP 400, JSON body, this code."""
    try:
        answer = call(*args, **kwargs)
    except ApiException as error:
        # 401, 403, 404 and 5xx have classes of their own in the SDK.
        equal(type(error), ApiException, "the class of the error")
        equal(error.status, 400, "the status")
        body = json.loads(error.body)
        equal(sorted(body), ["code", "error", "message"], "the list of keys of the error")
        equal(body["error"], True, "error")
        true(isinstance(body["message"], str) and body["message"], "message is not a text")
        equal(type(body["code"]), int, "the type of code")
        if code is not None:
            equal(body["code"], code, f"code (of {body['message']!r})")
        return body
    raise AssertionError(f"it was accepted: {short(answer)}")


def unchanged(kind, channel, attempt):
    """The attempt leaves the number of messages of the channel as it was."""
    before = total(kind, channel)
    attempt()
    equal(total(kind, channel), before, "the number of messages after the refusal")


def fresh(prefix):
    """A new id, without digits: where the SDK declares no type for a text, it
    makes a date of it whenever it can."""
    return f"{prefix}-{''.join(random.choices('bcdfghjklmnpqrstvwxz', k=14))}"


# ---- users ---------------------------------------------------------------


def new_user(nickname="Ada", **properties):
    """Makes a user and answers the id."""
    user_id = fresh("user")
    users.create_a_user(
        api_token=TOKEN,
        create_a_user_request=CreateAUserRequest(
            nickname=nickname, user_id=user_id, profile_url="", **properties
        ),
    )
    return user_id


def view_user(user_id, **query):
    return users.view_a_user(user_id, api_token=TOKEN, **query)


# ---- channels ------------------------------------------------------------


def create_group(member_ids, **properties):
    return group_channels.create_a_group_channel(
        api_token=TOKEN,
        create_a_group_channel_request=CreateAGroupChannelRequest(
            users=[SendbirdUser(user_id=user_id) for user_id in member_ids], **properties
        ),
    )


def new_group(member_ids, **properties):
    """Makes a group channel and answers its URL."""
    return create_group(member_ids, **properties).channel_url


def view_group(channel, **query):
    """The SDK composes this answer of two models and then refuses to hand out
    most of its nested properties, saying that the models differ; as a plain
    dictionary, all of it can be read."""
    answer = group_channels.get_a_group_channel(channel, api_token=TOKEN, **query)
    return answer.to_dict()


def list_groups(**query):
    return group_channels.list_channels(TOKEN, **query)


def create_open(**properties):
    return open_channels.create_an_open_channel(
        api_token=TOKEN,
        create_an_open_channel_request=CreateAnOpenChannelRequest(**properties),
    )


def view_open(channel, **query):
    return open_channels.get_an_open_channel(channel, api_token=TOKEN, **query)


def new_channel(kind, sender):
    """A channel of either kind that the user may write in."""
    return new_group([sender]) if kind == GROUP else create_open().channel_url


def invite(channel, member_ids, **properties):
    return group_channels.invite_as_members(
        channel,
        api_token=TOKEN,
        invite_as_members_request=InviteAsMembersRequest(user_ids=member_ids, **properties),
    )


def invite_a_stranger(channel, user_id, inviter):
    """Invites a user in such a way that the user has to accept first."""
    return invite(
        channel,
        [user_id],
        inviter_id=inviter,
        invitation_status={user_id: "invited_by_non_friend"},
    )


def join(channel, user_id):
    return group_channels.join_a_channel(
        channel,
        api_token=TOKEN,
        join_a_channel_request=JoinAChannelRequest(user_id=user_id),
    )


def leave(channel, user_ids):
    return group_channels.leave_a_channel(
        channel,
        api_token=TOKEN,
        leave_a_channel_request=LeaveAChannelRequest(user_ids=user_ids),
    )


def membership(channel, user_id):
    return group_channels.check_if_member(channel, user_id, api_token=TOKEN)


# ---- messages ------------------------------------------------------------


def send(kind, channel, user_id, **properties):
    """Sends a text. `parent_message_id`, `url` and what else the SDK's model
    does not declare goes along as an additional property of the model."""
    properties.setdefault("message_type", "MESG")
    return messages.send_a_message(
        kind,
        channel,
        api_token=TOKEN,
        send_a_message_request=SendAMessageRequest(user_id=user_id, **properties),
    )


def say(kind, channel, user_id, text="Hello.", **properties):
    return send(kind, channel, user_id, message=text, **properties)


def send_file(kind, channel, user_id, **properties):
    properties.setdefault("url", "https://files.example.org/plan.png")
    properties.setdefault("file_name", "plan.png")
    properties.setdefault("file_type", "image/png")
    properties.setdefault("file_size", 2048)
    return send(kind, channel, user_id, message_type="FILE", **properties)


def announce(kind, channel, user_id, text="The doors open at eight."):
    """Sends an admin message. The SDK insists on a user_id, the API ignores it."""
    return send(kind, channel, user_id, message_type="ADMM", message=text)


def view(kind, channel, message_id, **query):
    return messages.get_a_message(kind, channel, message_id, api_token=TOKEN, **query)


def list_messages(kind, channel, message_ts=0, message_id=0, **query):
    """The SDK insists on both anchors; 0 stands for the one that is not meant."""
    answer = messages.list_messages(
        kind, channel, message_ts, message_id, api_token=TOKEN, **query
    )
    return answer.messages


def list_thread(kind, channel, parent, **query):
    """The SDK's list_messages has no parameter parent_message_id, so this goes
    through the SDK's own low-level call, with the same model and type checks."""
    query.setdefault("message_ts", parent.created_at)
    answer = client.call_api(
        "/v3/{channel_type}/{channel_url}/messages",
        "GET",
        path_params={"channel_type": kind, "channel_url": channel},
        query_params=[("parent_message_id", parent.message_id), *query.items()],
        header_params={"api-token": TOKEN, "Accept": "application/json"},
        response_type=(ListMessagesResponse,),
        _check_type=True,
        _return_http_data_only=True,
    )
    return answer.messages


def upload(kind, channel, user_id, name, content, **properties):
    """The SDK sends JSON only, so an upload, too, takes its low-level call."""
    file = io.BytesIO(content)
    file.name = name
    fields = {"message_type": "FILE", "user_id": user_id, **properties}
    return client.call_api(
        "/v3/{channel_type}/{channel_url}/messages",
        "POST",
        path_params={"channel_type": kind, "channel_url": channel},
        header_params={
            "api-token": TOKEN,
            "Accept": "application/json",
            "Content-Type": "multipart/form-data",
        },
        post_params=[(key, str(value)) for key, value in fields.items()],
        files={"file": [file]},
        response_type=(SendbirdMessageResponse,),
        _check_type=True,
        _return_http_data_only=True,
    )


def post_json(path, body):
    """Posts what the SDK's models would not let through."""
    return client.call_api(
        path,
        "POST",
        header_params={
            "api-token": TOKEN,
            "Accept": "application/json",
            "Content-Type": "application/json",
        },
        body=body,
    )


def edit(kind, channel, message_id, **properties):
    properties.setdefault("message_type", "MESG")
    return messages.update_a_message(
        kind,
        channel,
        message_id,
        api_token=TOKEN,
        update_a_message_request=UpdateAMessageRequest(**properties),
    )


def delete(kind, channel, message_id):
    return messages.delete_a_message(kind, channel, message_id, api_token=TOKEN)


def total(kind, channel):
    answer = messages.get_total_number_of_messages_in_a_channel(kind, channel, api_token=TOKEN)
    return answer.total


def mark_as_read(channel, user_id):
    return messages.mark_channel_messages_as_read(
        channel,
        api_token=TOKEN,
        mark_channel_messages_as_read_request=MarkChannelMessagesAsReadRequest(user_id=user_id),
    )


def metaarray(*items):
    return SendbirdSortedMetaarray(
        [SendbirdSortedMetaarrayInner(key=key, value=values) for key, values in items]
    )


def ids(found):
    return [message.message_id for message in found]


def thread(kind, channel, parent):
    """The thread_info of a message, {} while it has no replies."""
    message = view(kind, channel, parent.message_id, include_thread_info=True)
    return message.get("thread_info") or {}


# Users


@check("a user is created with what was asked for and the vendor's defaults")
def _():
    user_id = fresh("user")
    user = users.create_a_user(
        api_token=TOKEN,
        create_a_user_request=CreateAUserRequest(
            nickname="Ada",
            user_id=user_id,
            profile_url="https://files.example.org/ada.png",
            metadata={"team": "blue"},
        ),
    )
    equal(user.user_id, user_id, "user_id")
    equal(user.nickname, "Ada", "nickname")
    equal(user.profile_url, "https://files.example.org/ada.png", "profile_url")
    equal(user.metadata, {"team": "blue"}, "metadata")
    equal(user.access_token, "", "access_token")
    equal(user.discovery_keys, [], "discovery_keys")
    equal(user.is_active, True, "is_active")
    equal(user.is_online, False, "is_online")
    equal(user.last_seen_at, -1, "last_seen_at")
    equal(user.has_ever_logged_in, False, "has_ever_logged_in")
    equal(user.require_auth_for_profile_image, False, "require_auth_for_profile_image")
    equal(user.is_created, True, "is_created")
    equal(user.phone_number, "", "phone_number")


@check("a user who asks for an access token is given one")
def _():
    user = view_user(new_user(issue_access_token=True))
    true(user.access_token, "access_token is empty")


@check("a user is viewed as created")
def _():
    user_id = new_user("Bo")
    user = view_user(user_id)
    equal(user.user_id, user_id, "user_id")
    equal(user.nickname, "Bo", "nickname")
    equal(user.metadata, {}, "metadata")
    equal(user.preferred_languages, [], "preferred_languages")
    equal(user.locale, "", "locale")
    equal(user.is_shadow_blocked, False, "is_shadow_blocked")
    equal(user.is_hide_me_from_friends, False, "is_hide_me_from_friends")
    true(user.created_at > 0, "created_at is not a time")
    absent(user, "is_created", "phone_number", "unread_message_count")


@check("a user is viewed with unread counts when they are asked for")
def _():
    user_id, other = new_user(), new_user()
    channel = new_group([user_id, other])
    say(GROUP, channel, other)
    say(GROUP, channel, other)
    user = view_user(user_id, include_unread_count=True)
    equal(user.unread_message_count, 2, "unread_message_count")
    equal(user.unread_channel_count, 1, "unread_channel_count")


@check("a user id with signs that a URL has to encode is found again")
def _():
    user_id = fresh("ä b/c@d")
    users.create_a_user(
        api_token=TOKEN,
        create_a_user_request=CreateAUserRequest(nickname="Encoded", user_id=user_id),
    )
    equal(view_user(user_id).user_id, user_id, "user_id")


@check("users are listed by their ids, page after page")
def _():
    wanted = {new_user(), new_user(), new_user()}
    query = {"user_ids": ",".join(wanted), "limit": 2, "api_token": TOKEN}
    first = users.list_users(**query)
    equal(len(first.users), 2, "the length of the first page")
    true(first.next, "next of the first page is empty")
    second = users.list_users(token=first.next, **query)
    equal(second.next, "", "next of the last page")
    found = [user.user_id for user in first.users + second.users]
    equal(sorted(found), sorted(wanted), "the list of users")


@check("an update of a user changes what it names and leaves the rest")
def _():
    user_id = new_user("Ada", metadata={"team": "blue"})
    before = view_user(user_id)
    user = users.update_a_user(
        user_id,
        api_token=TOKEN,
        update_a_user_request=UpdateAUserRequest(
            nickname="Ada L.", preferred_languages=["en", "pt"]
        ),
    )
    equal(user.nickname, "Ada L.", "nickname")
    equal(user.preferred_languages, ["en", "pt"], "preferred_languages")
    equal(user.metadata, {"team": "blue"}, "metadata")
    equal(user.created_at, before.created_at, "created_at")
    equal(view_user(user_id).nickname, "Ada L.", "nickname when viewed")


@check("a deactivated user leaves the default list and is found among the deactivated")
def _():
    user_id = new_user()
    user = users.update_a_user(
        user_id,
        api_token=TOKEN,
        update_a_user_request=UpdateAUserRequest(is_active=False),
    )
    equal(user.is_active, False, "is_active")
    equal(users.list_users(user_ids=user_id, api_token=TOKEN).users, [], "the default list")
    found = users.list_users(user_ids=user_id, active_mode="deactivated", api_token=TOKEN).users
    equal([user.user_id for user in found], [user_id], "the list of the deactivated")


@check("a deleted user is gone")
def _():
    user_id = new_user()
    equal(users.delete_a_user(user_id, api_token=TOKEN), {}, "the answer")
    refused(400201, view_user, user_id)
    refused(400201, users.delete_a_user, user_id, api_token=TOKEN)


@check("an unknown user is refused with 400201")
def _():
    error = refused(400201, view_user, fresh("nobody"))
    equal(error["message"], '"User" not found.', "message")


@check("a user id that is taken is refused with 400202")
def _():
    again = CreateAUserRequest(nickname="Again", user_id=new_user("First"))
    refused(400202, users.create_a_user, api_token=TOKEN, create_a_user_request=again)
    equal(view_user(again.user_id).nickname, "First", "nickname")


@check("a user without a nickname is refused with 400105")
def _():
    user_id = fresh("user")  # The SDK's model cannot be made without a nickname.
    refused(400105, post_json, "/v3/users", {"user_id": user_id, "profile_url": ""})
    refused(400201, view_user, user_id)


@check("a call without an API token is refused with 400401")
def _():
    refused(400401, users.view_a_user, new_user())


# Open channels


@check("an open channel is created from nothing, with the vendor's defaults")
def _():
    channel = create_open()
    true(
        channel.channel_url.startswith("sendbird_open_channel_"), "channel_url is not the vendor's"
    )
    equal(channel.name, "Open Channel", "name")
    equal(channel.custom_type, "", "custom_type")
    equal(channel.data, "", "data")
    equal(channel.freeze, False, "freeze")
    equal(channel.is_ephemeral, False, "is_ephemeral")
    equal(channel.participant_count, 0, "participant_count")
    equal(channel.operators, [], "operators")
    equal(len(str(channel.created_at)), 10, "the number of digits of created_at (seconds)")


@check("an open channel is created with what was asked for and viewed with its operators")
def _():
    operator = new_user("Op")
    url = fresh("open")
    created = create_open(
        channel_url=url,
        name="Match night",
        cover_url="https://files.example.org/cover.png",
        custom_type="sport",
        data="free text",
        operator_ids=[operator],
    )
    channel = view_open(url, include_operators=True)
    for name in ("channel_url", "name", "cover_url", "custom_type", "data", "created_at"):
        equal(channel[name], created[name], name)
    equal(channel.name, "Match night", "name")
    equal([user.user_id for user in channel.operators], [operator], "the list of operators")


@check("open channels are listed by URL and by name, page after page")
def _():
    word = fresh("word")
    wanted = [create_open(name=f"{word} {number}").channel_url for number in range(3)]
    by_url = open_channels.list_open_channels(channel_urls=",".join(wanted), api_token=TOKEN)
    found = [channel.channel_url for channel in by_url.channels]
    equal(sorted(found), sorted(wanted), "the list by URL")
    equal(by_url.next, "", "next")
    equal(len(str(by_url.ts)), 13, "the number of digits of ts (milliseconds)")
    query = {"name_contains": word.upper(), "limit": 2, "api_token": TOKEN}
    first = open_channels.list_open_channels(**query)
    second = open_channels.list_open_channels(token=first.next, **query)
    found = [channel.channel_url for channel in first.channels + second.channels]
    equal(sorted(found), sorted(wanted), "the list by name")
    equal(second.next, "", "next of the last page")


@check("an update of an open channel changes what it names and leaves the rest")
def _():
    url = create_open(name="Before", data="kept").channel_url
    channel = open_channels.update_an_open_channel(
        url,
        api_token=TOKEN,
        update_an_open_channel_request=UpdateAnOpenChannelRequest(name="After"),
    )
    equal(channel.name, "After", "name")
    equal(channel.data, "kept", "data")
    equal(view_open(url).name, "After", "name when viewed")


@check("a deleted open channel is gone")
def _():
    url = create_open().channel_url
    equal(open_channels.delete_an_open_channel(url, api_token=TOKEN), {}, "the answer")
    error = refused(400201, view_open, url)
    equal(error["message"], '"Channel" not found.', "message")


@check("an open channel's URL that is taken is refused with 400202")
def _():
    url = create_open().channel_url
    refused(
        400202,
        open_channels.create_an_open_channel,
        api_token=TOKEN,
        create_an_open_channel_request=CreateAnOpenChannelRequest(channel_url=url),
    )


# Group channels


@check("a group channel is created with its members and the vendor's defaults")
def _():
    ada, bo = new_user("Ada"), new_user("Bo")
    channel = create_group([ada, bo])
    true(
        channel.channel_url.startswith("sendbird_group_channel_"), "channel_url is not the vendor's"
    )
    equal(channel.name, "Group Channel", "name")
    for name in ("is_distinct", "is_public", "is_super", "is_ephemeral", "freeze"):
        equal(channel[name], False, name)
    equal(channel.custom_type, "", "custom_type")
    equal(channel.data, "", "data")
    equal(channel.member_count, 2, "member_count")
    equal(channel.joined_member_count, 2, "joined_member_count")
    equal(channel.unread_message_count, 0, "unread_message_count")
    equal(channel.last_message, None, "last_message")
    equal(channel.message_survival_seconds, -1, "message_survival_seconds")
    equal(channel.operators, [], "operators")
    equal(sorted(member.user_id for member in channel.members), sorted([ada, bo]), "the members")
    equal({member.state for member in channel.members}, {"joined"}, "the members' states")
    equal(channel.channel.channel_url, channel.channel_url, "channel.channel_url")
    equal(len(str(channel.created_at)), 10, "the number of digits of created_at (seconds)")


@check("a group channel is created with what was asked for, its operators among the members")
def _():
    ada, bo = new_user("Ada"), new_user("Bo")
    url = fresh("group")
    channel = create_group(
        [ada, bo],
        channel_url=url,
        name="Lobby",
        cover_url="https://files.example.org/cover.png",
        custom_type="talk",
        data="free text",
        is_public=True,
        inviter_id=ada,
        operator_ids=[ada],
    )
    equal(channel.channel_url, url, "channel_url")
    equal(channel.name, "Lobby", "name")
    equal(channel.cover_url, "https://files.example.org/cover.png", "cover_url")
    equal(channel.custom_type, "talk", "custom_type")
    equal(channel.data, "free text", "data")
    equal(channel.is_public, True, "is_public")
    equal([user.user_id for user in channel.operators], [ada], "the operators")
    roles = {member.user_id: member.role for member in channel.members}
    equal(roles[ada], "operator", "the operator's role")
    true(roles[bo] in ("", "none"), "the other member has a role")


@check("a distinct group channel is found again by its members instead of made anew")
def _():
    ada, bo, cy = new_user(), new_user(), new_user()
    first = create_group([ada, bo], is_distinct=True)
    equal(first.is_distinct, True, "is_distinct")
    again = create_group([bo, ada], is_distinct=True)
    equal(again.channel_url, first.channel_url, "the channel of the same members")
    other = create_group([ada, bo, cy], is_distinct=True)
    true(other.channel_url != first.channel_url, "other members have the same channel")
    plain = create_group([ada, bo])
    true(plain.channel_url != first.channel_url, "a channel that is not distinct is the same")


@check("a distinct group channel stops being distinct when a member leaves")
def _():
    ada, bo = new_user(), new_user()
    channel = new_group([ada, bo], is_distinct=True)
    leave(channel, [bo])
    equal(view_group(channel)["is_distinct"], False, "is_distinct")


@check("a group channel that is both distinct and super is refused with 400111")
def _():
    refused(400111, create_group, [new_user()], is_distinct=True, is_super=True)


@check("a group channel's URL that is taken is refused with 400202")
def _():
    ada = new_user()
    refused(400202, create_group, [ada], channel_url=new_group([ada]))


@check("group channels are listed by URL, page after page, the empty ones only on request")
def _():
    ada = new_user()
    wanted = [new_group([ada]) for _ in range(3)]
    urls = ",".join(wanted)
    equal(list_groups(channel_urls=urls).channels, [], "the list without empty channels")
    first = list_groups(channel_urls=urls, show_empty=True, limit=2)
    equal(len(first.channels), 2, "the length of the first page")
    equal(len(str(first.ts)), 13, "the number of digits of ts (milliseconds)")
    second = list_groups(channel_urls=urls, show_empty=True, limit=2, token=first.next)
    found = [channel.channel_url for channel in first.channels + second.channels]
    equal(sorted(found), sorted(wanted), "the list")
    equal(second.next, "", "next of the last page")
    absent(first.channels[0], "members", "read_receipt", "delivery_receipt", "metadata")
    say(GROUP, wanted[1], ada)
    found = [channel.channel_url for channel in list_groups(channel_urls=urls).channels]
    equal(found, [wanted[1]], "the list once one has a message")


@check("group channels are listed with members, receipts and last message on request")
def _():
    ada, bo = new_user("Ada"), new_user("Bo")
    url = new_group([ada, bo])
    sent = say(GROUP, url, ada, "The last word.")
    found = list_groups(
        channel_urls=url, show_member=True, show_read_receipt=True, show_delivery_receipt=True
    )
    (channel,) = found.channels
    equal(sorted(member.user_id for member in channel.members), sorted([ada, bo]), "the members")
    true(channel.read_receipt[ada] >= sent.created_at, "the sender has not read the message")
    true("delivery_receipt" in channel, "delivery_receipt is missing")
    equal(channel.last_message.message_id, sent.message_id, "last_message.message_id")
    equal(channel.last_message.message, "The last word.", "last_message.message")
    equal(channel.last_message.user.user_id, ada, "last_message.user.user_id")


@check("group channels are listed by who is in them")
def _():
    ada, bo, cy = new_user(), new_user(), new_user()
    pair, three = new_group([ada, bo]), new_group([ada, bo, cy])
    found = list_groups(members_exactly_in=f"{bo},{ada}", show_empty=True).channels
    equal([channel.channel_url for channel in found], [pair], "the list of exactly these")
    found = list_groups(members_include_in=f"{ada},{bo}", show_empty=True).channels
    equal(
        sorted(channel.channel_url for channel in found),
        sorted([pair, three]),
        "the list of these and others",
    )


@check("a group channel is viewed without members and receipts unless they are asked for")
def _():
    ada = new_user()
    channel = view_group(new_group([ada]))
    for name in ("members", "read_receipt", "delivery_receipt", "metadata", "member_state"):
        true(name not in channel, f"the answer has {name!r}")
    equal(channel["last_message"], None, "last_message")


@check("a group channel is viewed with members and receipts when they are asked for")
def _():
    ada, bo = new_user("Ada"), new_user("Bo")
    url = new_group([ada, bo])
    sent = say(GROUP, url, ada)
    channel = view_group(url, show_member=True, show_read_receipt=True, show_delivery_receipt=True)
    members = {member["user_id"]: member for member in channel["members"]}
    equal(sorted(members), sorted([ada, bo]), "the members")
    equal(members[bo]["nickname"], "Bo", "a member's nickname")
    equal(members[bo]["state"], "joined", "a member's state")
    true(channel["read_receipt"][ada] >= sent.created_at, "the sender has not read the message")
    true(channel["read_receipt"][bo] < sent.created_at, "the other member has read the message")
    true("delivery_receipt" in channel, "delivery_receipt is missing")
    equal(channel["last_message"]["message_id"], sent.message_id, "last_message.message_id")


@check("a group channel viewed for a member tells the member's own side of it")
def _():
    ada, bo, cy = new_user(), new_user(), new_user()
    url = new_group([ada, bo], operator_ids=[bo])
    say(GROUP, url, ada)
    channel = view_group(url, user_id=bo)
    equal(channel["member_state"], "joined", "member_state")
    equal(channel["my_role"], "operator", "my_role")
    equal(channel["unread_message_count"], 1, "unread_message_count")
    equal(channel["is_hidden"], False, "is_hidden")
    equal(channel["hidden_state"], "unhidden", "hidden_state")
    equal(view_group(url, user_id=cy)["member_state"], "none", "a stranger's member_state")


@check("an update of a group channel changes what it names and leaves the rest")
def _():
    url = new_group([new_user()], name="Before", data="kept")
    channel = group_channels.update_a_group_channel(
        url,
        api_token=TOKEN,
        update_a_group_channel_request=UpdateAGroupChannelRequest(name="After", custom_type="new"),
    )
    equal(channel.name, "After", "name")
    equal(channel.custom_type, "new", "custom_type")
    equal(channel.data, "kept", "data")
    equal(channel.member_count, 1, "member_count")
    equal(view_group(url)["name"], "After", "name when viewed")


@check("a deleted group channel is gone")
def _():
    url = new_group([new_user()])
    equal(group_channels.delete_a_group_channel(url, api_token=TOKEN), {}, "the answer")
    error = refused(400201, view_group, url)
    equal(error["message"], '"Channel" not found.', "message")
    refused(400201, group_channels.delete_a_group_channel, url, api_token=TOKEN)


# Members


@check("members are listed by nickname, page after page")
def _():
    cy, ada, bo = new_user("Cy"), new_user("Ada"), new_user("Bo")
    url = new_group([cy, ada, bo])
    first = group_channels.list_members(url, limit=2, api_token=TOKEN)
    second = group_channels.list_members(url, limit=2, token=first.next, api_token=TOKEN)
    found = [member.nickname for member in first.members + second.members]
    equal(found, ["Ada", "Bo", "Cy"], "the list")
    equal(second.next, "", "next of the last page")
    equal({member.state for member in first.members}, {"joined"}, "the states")


@check("members are listed with receipts and mutes, the operators first or alone, on request")
def _():
    ada, bo = new_user("Ada"), new_user("Bo")
    url = new_group([ada, bo], operator_ids=[bo])
    found = group_channels.list_members(
        url,
        order="operator_then_member_alphabetical",
        show_read_receipt=True,
        show_member_is_muted=True,
        api_token=TOKEN,
    ).members
    equal([member.user_id for member in found], [bo, ada], "the list")
    equal(found[0].role, "operator", "role")
    equal(found[0].is_muted, False, "is_muted")
    true(isinstance(found[0].read_ts, int), "read_ts is not a time")
    found = group_channels.list_members(url, operator_filter="operator", api_token=TOKEN).members
    equal([member.user_id for member in found], [bo], "the list of operators")


@check("a member is told from a stranger")
def _():
    ada, bo = new_user(), new_user()
    url = new_group([ada])
    member, stranger = membership(url, ada), membership(url, bo)
    equal((member.is_member, member.state), (True, "joined"), "the member")
    equal((stranger.is_member, stranger.state), (False, "none"), "the stranger")


@check("an invited user joins at once by default")
def _():
    ada, bo = new_user("Ada"), new_user("Bo")
    url = new_group([ada])
    channel = invite(url, [bo], inviter_id=ada)
    equal(channel.member_count, 2, "member_count")
    equal(channel.joined_member_count, 2, "joined_member_count")
    equal(sorted(member.user_id for member in channel.members), sorted([ada, bo]), "the members")
    equal(membership(url, bo).state, "joined", "the invited user's state")


@check("a user invited by a stranger stays invited until accepting")
def _():
    ada, bo = new_user("Ada"), new_user("Bo")
    url = new_group([ada])
    channel = invite_a_stranger(url, bo, inviter=ada)
    equal(channel.member_count, 2, "member_count")
    equal(channel.joined_member_count, 1, "joined_member_count")
    equal(view_group(url, user_id=bo)["member_state"], "invited", "member_state")
    equal(membership(url, bo).state, "invited", "state")
    invited = group_channels.list_members(url, member_state_filter="invited_only", api_token=TOKEN)
    equal([member.user_id for member in invited.members], [bo], "the list of the invited")
    channel = group_channels.accept_an_invitation(
        url,
        api_token=TOKEN,
        accept_an_invitation_request=AcceptAnInvitationRequest(user_id=bo),
    )
    equal(channel.member_count, 2, "member_count after accepting")
    equal(channel.joined_member_count, 2, "joined_member_count after accepting")
    equal(membership(url, bo).state, "joined", "state after accepting")


@check("an invitation is declined")
def _():
    ada, bo = new_user(), new_user()
    url = new_group([ada])
    invite_a_stranger(url, bo, inviter=ada)
    # The SDK has no method for declining.
    answer = client.call_api(
        "/v3/group_channels/{channel_url}/decline",
        "PUT",
        path_params={"channel_url": url},
        header_params={"api-token": TOKEN, "Content-Type": "application/json"},
        body={"user_id": bo},
        response_type=({str: (dict,)},),
        _check_type=True,
        _return_http_data_only=True,
    )
    equal(answer, {}, "the answer")
    equal(view_group(url)["member_count"], 1, "member_count")
    equal(membership(url, bo).state, "none", "state")


@check("a public group channel is joined")
def _():
    ada, bo = new_user(), new_user()
    url = new_group([ada], is_public=True)
    channel = join(url, bo)
    equal(channel.member_count, 2, "member_count")
    equal(channel.joined_member_count, 2, "joined_member_count")
    equal(membership(url, bo).is_member, True, "is_member")


@check("joining a private group channel is refused with 400108")
def _():
    bo = new_user()
    url = new_group([new_user()])
    refused(400108, join, url, bo)
    equal(membership(url, bo).is_member, False, "is_member")


@check("a member leaves")
def _():
    ada, bo = new_user(), new_user()
    url = new_group([ada, bo])
    equal(leave(url, [bo]), {}, "the answer")
    channel = view_group(url, show_member=True)
    equal(channel["member_count"], 1, "member_count")
    equal(channel["joined_member_count"], 1, "joined_member_count")
    equal([member["user_id"] for member in channel["members"]], [ada], "the members")
    equal(membership(url, bo).is_member, False, "is_member")


# Messages, in channels of both kinds


@check("a text is sent")
def _():
    for kind, name in ((GROUP, "group"), (OPEN, "open")):
        ada = new_user("Ada")
        channel = new_channel(kind, ada)
        before = time.time() * 1000
        message = say(kind, channel, ada, "Hello.", custom_type="greeting", data="{}")
        equal(message.type, "MESG", "type")
        equal(message.message, "Hello.", "message")
        equal(message.custom_type, "greeting", "custom_type")
        equal(message.data, "{}", "data")
        equal(message.channel_url, channel, "channel_url")
        equal(message.channel_type, name, "channel_type")
        equal(message.user.user_id, ada, "user.user_id")
        equal(message.user.nickname, "Ada", "user.nickname")
        equal(message.mention_type, "users", "mention_type")
        equal(message.mentioned_users, [], "mentioned_users")
        equal(message.file, {}, "file")
        equal(message.silent, False, "silent")
        equal(message.is_removed, False, "is_removed")
        equal(message.updated_at, 0, "updated_at")
        true(message.message_id > 0, "message_id is not positive")
        true(abs(message.created_at - before) < 60_000, "created_at is not now, in milliseconds")
        true(not message.get("parent_message_id"), "a message that is no reply has a parent")
        absent(message, "parent_message_info", "thread_info")


@check("a file is sent by URL")
def _():
    for kind in KINDS:
        ada = new_user()
        message = send_file(kind, new_channel(kind, ada), ada)
        equal(message.type, "FILE", "type")
        equal(message.message, "", "message")
        equal(message.file["url"], "https://files.example.org/plan.png", "file.url")
        equal(message.file["name"], "plan.png", "file.name")
        equal(message.file["type"], "image/png", "file.type")
        equal(message.file["size"], 2048, "file.size")


@check("a file is uploaded, and served back")
def _():
    for kind in KINDS:
        ada = new_user()
        content = os.urandom(3000)
        message = upload(kind, new_channel(kind, ada), ada, "plan.png", content)
        equal(message.type, "FILE", "type")
        equal(message.file["name"], "plan.png", "file.name")
        equal(message.file["type"], "image/png", "file.type")
        equal(message.file["size"], 3000, "file.size")
        served = client.rest_client.GET(message.file["url"]).data
        true(served == content, "the file served is not the file sent")


@check("a file message without a file and without a URL is refused with 400105")
def _():
    ada = new_user()
    refused(400105, send, GROUP, new_group([ada]), ada, message_type="FILE")


@check("an admin message is sent, and has no sender")
def _():
    for kind in KINDS:
        ada = new_user()
        message = announce(kind, new_channel(kind, ada), ada, "The doors open at eight.")
        equal(message.type, "ADMM", "type")
        equal(message.message, "The doors open at eight.", "message")
        absent(message, "user")


@check("mentioned users are kept with the message and counted")
def _():
    ada, bo, cy = new_user("Ada"), new_user("Bo"), new_user("Cy")
    channel = new_group([ada, bo, cy])
    message = say(GROUP, channel, ada, "Bo?", mention_type="users", mentioned_user_ids=[bo])
    equal([user.user_id for user in message.mentioned_users], [bo], "mentioned_users")
    equal(view_group(channel, user_id=bo)["unread_mention_count"], 1, "Bo's unread_mention_count")
    equal(view_group(channel, user_id=cy)["unread_mention_count"], 0, "Cy's unread_mention_count")
    everybody = say(GROUP, channel, ada, "All!", mention_type="channel")
    equal(everybody.mention_type, "channel", "mention_type")
    equal(view_group(channel, user_id=cy)["unread_mention_count"], 1, "Cy's unread_mention_count")


@check("sorted_metaarray is kept in its order and given on request")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        items = [("zeta", ["2", "1"]), ("alpha", ["b", "a"]), ("mid", ["c"])]
        sent = say(kind, channel, ada, sorted_metaarray=metaarray(*items))
        message = view(kind, channel, sent.message_id, with_sorted_meta_array=True)
        found = [(item.key, item.value) for item in message.sorted_metaarray.value]
        equal(found, items, "sorted_metaarray when viewed")
        (listed,) = list_messages(
            kind, channel, message_id=sent.message_id, with_sorted_meta_array=True
        )
        found = [(item.key, item.value) for item in listed.sorted_metaarray.value]
        equal(found, items, "sorted_metaarray when listed")
        absent(view(kind, channel, sent.message_id), "sorted_metaarray")


@check("a message takes the time that its sender gives it")
def _():
    ada = new_user()
    channel = new_group([ada])
    say(GROUP, channel, ada, "now")
    old = say(GROUP, channel, ada, "then", created_at=1_500_000_000_123)
    equal(old.created_at, 1_500_000_000_123, "created_at")
    found = [message.message for message in list_messages(GROUP, channel)]
    equal(found, ["then", "now"], "the list")


@check("a message is viewed as it was sent")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        for sent in (say(kind, channel, ada), send_file(kind, channel, ada)):
            message = view(kind, channel, sent.message_id)
            for name in ("message_id", "type", "message", "created_at", "file", "channel_url"):
                equal(message[name], sent[name], name)
            equal(message.user.user_id, ada, "user.user_id")
        sent = announce(kind, channel, ada)
        equal(view(kind, channel, sent.message_id).type, "ADMM", "type of the admin message")


@check("messages are listed around a time")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        sent = [say(kind, channel, ada, f"Number {number}.") for number in range(5)]
        middle = sent[2].created_at
        window = {"message_ts": middle, "prev_limit": 1, "next_limit": 1}
        found = list_messages(kind, channel, **window)
        equal(ids(found), ids(sent[1:4]), "the list")
        found = list_messages(kind, channel, include=False, **window)
        equal(ids(found), [sent[1].message_id, sent[3].message_id], "the list around it")
        found = list_messages(kind, channel, reverse=True, **window)
        equal(ids(found), ids(reversed(sent[1:4])), "the list in reverse")
        found = list_messages(kind, channel, middle, prev_limit=0, next_limit=0)
        equal(ids(found), [sent[2].message_id], "the list with limits of 0")


@check("messages are listed around a message")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        sent = [say(kind, channel, ada, f"Number {number}.") for number in range(5)]
        window = {"message_id": sent[2].message_id, "prev_limit": 1, "next_limit": 1}
        found = list_messages(kind, channel, **window)
        equal(ids(found), ids(sent[1:4]), "the list")
        found = list_messages(kind, channel, include=False, **window)
        equal(ids(found), [sent[1].message_id, sent[3].message_id], "the list around it")


@check("messages are listed from the beginning when both anchors are 0, 15 of them")
def _():
    ada = new_user()
    channel = new_group([ada])
    sent = [say(GROUP, channel, ada, f"Number {number}.") for number in range(16)]
    found = list_messages(GROUP, channel, 0, 0)
    equal(ids(found), ids(sent[:15]), "the list")


@check("messages are listed by type, custom type and sender")
def _():
    ada, bo, cy = new_user(), new_user(), new_user()
    channel = new_group([ada, bo, cy], operator_ids=[bo])
    red = say(GROUP, channel, ada, "Red.", custom_type="red")
    blue = say(GROUP, channel, bo, "Blue.", custom_type="blue")
    plain = say(GROUP, channel, cy, "Plain.")
    file = send_file(GROUP, channel, ada)
    note = announce(GROUP, channel, ada)

    def listed(**query):
        return ids(list_messages(GROUP, channel, **query))

    equal(listed(), ids([red, blue, plain, file, note]), "the whole list")
    equal(listed(message_type="MESG"), ids([red, blue, plain]), "the list of texts")
    equal(listed(message_type="FILE"), ids([file]), "the list of files")
    equal(listed(message_type="ADMM"), ids([note]), "the list of admin messages")
    equal(listed(custom_types="red,blue"), ids([red, blue]), "the list of two custom types")
    equal(listed(custom_types=""), ids([plain, file, note]), "the list without a custom type")
    equal(listed(sender_id=ada), ids([red, file]), "the list of one sender")
    equal(listed(sender_ids=f"{bo},{cy}"), ids([blue, plain]), "the list of two senders")
    equal(listed(operator_filter="operator"), ids([blue]), "the list of the operator")


@check("a message is updated")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        sent = say(kind, channel, ada, "Helo.", data="kept")
        message = edit(kind, channel, sent.message_id, message="Hello.", custom_type="edited")
        equal(message.message_id, sent.message_id, "message_id")
        equal(message.message, "Hello.", "message")
        equal(message.custom_type, "edited", "custom_type")
        equal(message.data, "kept", "data")
        equal(message.created_at, sent.created_at, "created_at")
        true(message.updated_at >= sent.created_at, "updated_at is not set")
        equal(view(kind, channel, sent.message_id).message, "Hello.", "message when viewed")


@check("an admin message is updated")
def _():
    ada = new_user()
    channel = new_group([ada])
    sent = announce(GROUP, channel, ada)
    message = edit(GROUP, channel, sent.message_id, message_type="ADMM", message="At nine.")
    equal(message.message, "At nine.", "message")


@check("a message is deleted, and listed as removed on request only")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        kept, gone = say(kind, channel, ada), say(kind, channel, ada)
        equal(delete(kind, channel, gone.message_id), {}, "the answer")
        refused(400201, view, kind, channel, gone.message_id)
        refused(400201, delete, kind, channel, gone.message_id)
        equal(ids(list_messages(kind, channel)), ids([kept]), "the list")
        found = list_messages(kind, channel, including_removed=True)
        equal(ids(found), ids([kept, gone]), "the list with removed messages")
        equal([message.is_removed for message in found], [False, True], "is_removed")


@check("the total count is of all messages that are not removed")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        equal(total(kind, channel), 0, "the total of an empty channel")
        first = say(kind, channel, ada)
        say(kind, channel, ada, parent_message_id=first.message_id)
        announce(kind, channel, ada)
        gone = say(kind, channel, ada)
        equal(total(kind, channel), 4, "the total")
        delete(kind, channel, gone.message_id)
        equal(total(kind, channel), 3, "the total after a deletion")


@check("messages are unread until they are marked as read")
def _():
    ada, bo = new_user(), new_user()
    channel = new_group([ada, bo])
    say(GROUP, channel, ada)
    last = say(GROUP, channel, ada)
    equal(view_group(channel, user_id=bo)["unread_message_count"], 2, "unread_message_count")
    equal(view_group(channel, user_id=ada)["unread_message_count"], 0, "the sender's unread count")
    equal(mark_as_read(channel, bo), {}, "the answer")
    after = view_group(channel, user_id=bo, show_read_receipt=True)
    equal(after["unread_message_count"], 0, "unread_message_count after reading")
    true(after["read_receipt"][bo] >= last.created_at, "the read receipt has not moved")


@check("the last message of a group channel follows sending, editing and deleting")
def _():
    ada = new_user()
    channel = new_group([ada])
    first, last = say(GROUP, channel, ada, "First."), say(GROUP, channel, ada, "Last.")
    edit(GROUP, channel, last.message_id, message="Edited.")
    found = view_group(channel)["last_message"]
    equal(found["message_id"], last.message_id, "last_message.message_id")
    equal(found["message"], "Edited.", "last_message.message")
    delete(GROUP, channel, last.message_id)
    found = view_group(channel)["last_message"]
    equal(found["message_id"], first.message_id, "last_message.message_id after the deletion")


# Replies


@check("a text answers a text")
def _():
    for kind in KINDS:
        ada, bo = new_user("Ada"), new_user("Bo")
        channel = new_group([ada, bo]) if kind == GROUP else create_open().channel_url
        parent = say(kind, channel, ada, "When?", custom_type="question")
        reply = say(kind, channel, bo, "At eight.", parent_message_id=parent.message_id)
        equal(reply.type, "MESG", "type")
        equal(reply.message, "At eight.", "message")
        equal(reply.user.user_id, bo, "user.user_id")
        equal(reply.parent_message_id, parent.message_id, "parent_message_id")
        equal(reply.is_reply_to_channel, False, "is_reply_to_channel")
        info = reply.parent_message_info
        equal(info.type, "MESG", "parent_message_info.type")
        equal(info.message, "When?", "parent_message_info.message")
        equal(info.ts, parent.created_at, "parent_message_info.ts")
        equal(info.user.user_id, ada, "parent_message_info.user.user_id")
        equal(info.user.nickname, "Ada", "parent_message_info.user.nickname")
        absent(info, "file")


@check("a file answers a text")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        parent = say(kind, channel, ada, "Do you have the plan?")
        reply = send_file(
            kind,
            channel,
            ada,
            parent_message_id=parent.message_id,
            root_message_id=parent.message_id,
        )
        equal(reply.type, "FILE", "type")
        equal(reply.file["name"], "plan.png", "file.name")
        equal(reply.parent_message_id, parent.message_id, "parent_message_id")
        equal(reply.parent_message_info.message, "Do you have the plan?", "the parent's text")


@check("an uploaded file answers a text")
def _():
    ada = new_user()
    channel = new_group([ada])
    parent = say(GROUP, channel, ada)
    reply = upload(
        GROUP, channel, ada, "plan.png", b"not really", parent_message_id=parent.message_id
    )
    equal(reply.parent_message_id, parent.message_id, "parent_message_id")
    equal(reply.parent_message_info.ts, parent.created_at, "parent_message_info.ts")
    equal(thread(GROUP, channel, parent)["reply_count"], 1, "reply_count")


@check("a text answers a file")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        parent = send_file(kind, channel, ada)
        reply = say(kind, channel, ada, "Thanks.", parent_message_id=parent.message_id)
        info = reply.parent_message_info
        equal(info.type, "FILE", "parent_message_info.type")
        equal(info.ts, parent.created_at, "parent_message_info.ts")
        equal(info.file.url, parent.file["url"], "parent_message_info.file.url")
        # The SDK's model declares other names for these two than the API gives.
        equal(info.file["name"], "plan.png", "parent_message_info.file.name")
        equal(info.file["type"], "image/png", "parent_message_info.file.type")
        equal(info.file.require_auth, False, "parent_message_info.file.require_auth")


@check("a reply to the channel says so")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        parent = say(kind, channel, ada)
        reply = say(
            kind, channel, ada, parent_message_id=parent.message_id, reply_to_channel=True
        )
        equal(reply.is_reply_to_channel, True, "is_reply_to_channel")


@check("a reply takes every optional property of the reply page")
def _():
    ada, bo = new_user("Ada"), new_user("Bo")
    channel = new_group([ada, bo])
    parent = say(GROUP, channel, ada)
    reply = say(
        GROUP,
        channel,
        bo,
        "All at once.",
        parent_message_id=parent.message_id,
        custom_type="c" * 128,
        data="free text",
        send_push=False,
        mention_type="users",
        mentioned_user_ids=[ada],
        mark_as_read=False,
        sorted_metaarray=metaarray(("mood", ["calm"])),
        created_at=parent.created_at + 1000,
        dedup_id=fresh("dedup"),
        reply_to_channel=True,
    )
    equal(reply.custom_type, "c" * 128, "custom_type")
    equal(reply.data, "free text", "data")
    equal([user.user_id for user in reply.mentioned_users], [ada], "mentioned_users")
    equal(reply.created_at, parent.created_at + 1000, "created_at")
    equal(reply.is_reply_to_channel, True, "is_reply_to_channel")
    absent(reply, "dedup_id")
    # The replier has not read the parent, since mark_as_read was false.
    equal(view_group(channel, user_id=bo)["unread_message_count"], 1, "unread_message_count")


@check("the parent's thread_info counts replies, repliers and the time of the last")
def _():
    for kind in KINDS:
        ada, bo = new_user("Ada"), new_user("Bo")
        channel = new_group([ada, bo]) if kind == GROUP else create_open().channel_url
        parent = say(kind, channel, ada)
        equal(thread(kind, channel, parent), {}, "thread_info without replies")
        say(kind, channel, bo, "One.", parent_message_id=parent.message_id)
        say(kind, channel, bo, "Two.", parent_message_id=parent.message_id)
        last = send_file(kind, channel, ada, parent_message_id=parent.message_id)
        info = thread(kind, channel, parent)
        equal(info["reply_count"], 3, "reply_count")
        equal(info["last_replied_at"], last.created_at, "last_replied_at")
        repliers = [user["user_id"] for user in info["most_replies"]]
        equal(repliers, [bo, ada], "most_replies")
        absent(view(kind, channel, parent.message_id), "thread_info")
        (listed,) = list_messages(
            kind, channel, message_id=parent.message_id, include_thread_info=True
        )
        equal(listed.thread_info["reply_count"], 3, "reply_count when listed")


@check("the parent's thread_info stays true under edits and deletions of replies")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        parent = say(kind, channel, ada)
        first = say(kind, channel, ada, "One.", parent_message_id=parent.message_id)
        last = say(kind, channel, ada, "Two.", parent_message_id=parent.message_id)
        edit(kind, channel, first.message_id, message="One, edited.")
        info = thread(kind, channel, parent)
        equal(info["reply_count"], 2, "reply_count after an edit")
        equal(info["last_replied_at"], last.created_at, "last_replied_at after an edit")
        delete(kind, channel, last.message_id)
        info = thread(kind, channel, parent)
        equal(info["reply_count"], 1, "reply_count after a deletion")
        equal(info["last_replied_at"], first.created_at, "last_replied_at after a deletion")
        delete(kind, channel, first.message_id)
        equal(thread(kind, channel, parent).get("reply_count", 0), 0, "reply_count at the end")


@check("parent_message_info is given on request when replies are viewed and listed")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        parent = say(kind, channel, ada, "When?")
        reply = say(kind, channel, ada, "At eight.", parent_message_id=parent.message_id)
        plain = view(kind, channel, reply.message_id)
        equal(plain.parent_message_id, parent.message_id, "parent_message_id")
        absent(plain, "parent_message_info")
        full = view(kind, channel, reply.message_id, include_parent_message_info=True)
        equal(full.parent_message_info.message, "When?", "the parent's text when viewed")
        listed = list_messages(
            kind, channel, include_reply_type="ALL", include_parent_message_info=True
        )
        equal(ids(listed), ids([parent, reply]), "the list")
        absent(listed[0], "parent_message_info")
        equal(listed[1].parent_message_info.message, "When?", "the parent's text when listed")


@check("a list holds the replies that include_reply_type names, none by default")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        parent = say(kind, channel, ada)
        aside = say(kind, channel, ada, "Aside.", parent_message_id=parent.message_id)
        aloud = say(
            kind, channel, ada, "Aloud.", parent_message_id=parent.message_id, reply_to_channel=True
        )

        def listed(**query):
            return ids(list_messages(kind, channel, **query))

        equal(listed(), ids([parent]), "the default list")
        equal(listed(include_reply_type="NONE"), ids([parent]), "the list without replies")
        equal(listed(include_reply_type="ALL"), ids([parent, aside, aloud]), "the whole list")
        equal(
            listed(include_reply_type="ONLY_REPLY_TO_CHANNEL"),
            ids([parent, aloud]),
            "the list with replies to the channel",
        )


@check("a thread is listed: its parent, then its replies, and nothing else")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        parent = say(kind, channel, ada, "When?")
        other = say(kind, channel, ada, "Something else.")
        first = say(kind, channel, ada, "One.", parent_message_id=parent.message_id)
        say(kind, channel, ada, "Elsewhere.", parent_message_id=other.message_id)
        second = send_file(kind, channel, ada, parent_message_id=parent.message_id)
        found = list_thread(
            kind,
            channel,
            parent,
            include_thread_info=True,
            include_parent_message_info=True,
        )
        equal(ids(found), ids([parent, first, second]), "the thread")
        equal(found[0].thread_info["reply_count"], 2, "reply_count of the parent")
        equal(found[1].parent_message_info.message, "When?", "the parent's text in a reply")
        found = list_thread(kind, channel, parent, next_limit=1, include_reply_type="ALL")
        equal(ids(found), ids([parent, first]), "the beginning of the thread")
        found = list_thread(
            kind, channel, parent, message_ts=first.created_at, prev_limit=0, include=False
        )
        equal(ids(found), ids([parent, second]), "the rest of the thread")


@check("a deleted parent leaves its replies")
def _():
    ada = new_user()
    channel = new_group([ada])
    parent = say(GROUP, channel, ada)
    reply = say(GROUP, channel, ada, "Still here.", parent_message_id=parent.message_id)
    delete(GROUP, channel, parent.message_id)
    message = view(GROUP, channel, reply.message_id, include_parent_message_info=True)
    equal(message.message, "Still here.", "message")


# Refusals, with nothing changed


@check("a dedup_id used a second time is refused with 400202")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        dedup_id = fresh("dedup")
        sent = say(kind, channel, ada, dedup_id=dedup_id)
        absent(sent, "dedup_id")
        unchanged(
            kind, channel, lambda: refused(400202, say, kind, channel, ada, dedup_id=dedup_id)
        )
        delete(kind, channel, sent.message_id)
        refused(400202, say, kind, channel, ada, dedup_id=dedup_id)
        say(kind, new_channel(kind, ada), ada, dedup_id=dedup_id)


@check("a reply whose dedup_id is used a second time is refused with 400202 and not counted")
def _():
    ada = new_user()
    channel = new_group([ada])
    parent = say(GROUP, channel, ada)
    again = {"parent_message_id": parent.message_id, "dedup_id": fresh("dedup")}
    say(GROUP, channel, ada, **again)
    unchanged(GROUP, channel, lambda: refused(400202, say, GROUP, channel, ada, **again))
    equal(thread(GROUP, channel, parent)["reply_count"], 1, "reply_count")


@check("a reply to an admin message is refused with 400111")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        parent = announce(kind, channel, ada).message_id
        unchanged(
            kind,
            channel,
            lambda: refused(400111, say, kind, channel, ada, parent_message_id=parent),
        )
        refused(400111, send_file, kind, channel, ada, parent_message_id=parent)


@check("a reply to a reply is refused with 400111")
def _():
    for kind in KINDS:
        ada = new_user()
        channel = new_channel(kind, ada)
        parent = say(kind, channel, ada)
        reply = say(kind, channel, ada, parent_message_id=parent.message_id).message_id
        unchanged(
            kind,
            channel,
            lambda: refused(400111, say, kind, channel, ada, parent_message_id=reply),
        )
        equal(thread(kind, channel, parent)["reply_count"], 1, "reply_count")


@check("a reply to an unknown, a removed or another channel's message is refused with 400201")
def _():
    for kind in KINDS:
        ada = new_user()
        channel, elsewhere = new_channel(kind, ada), new_channel(kind, ada)
        removed = say(kind, channel, ada).message_id
        delete(kind, channel, removed)
        foreign = say(kind, elsewhere, ada).message_id

        def attempt():
            for parent in (2**53 - 1, removed, foreign):
                refused(400201, say, kind, channel, ada, parent_message_id=parent)

        unchanged(kind, channel, attempt)
        equal(total(kind, elsewhere), 1, "the total of the other channel")


@check("an admin message that is a reply is refused")
def _():
    ada = new_user()
    channel = new_group([ada])
    parent = say(GROUP, channel, ada).message_id
    unchanged(
        GROUP,
        channel,
        lambda: refused(
            None, say, GROUP, channel, ada, message_type="ADMM", parent_message_id=parent
        ),
    )


@check("a parent id that is not a number is refused with 400101")
def _():
    ada = new_user()
    channel = new_group([ada])
    unchanged(
        GROUP,
        channel,
        lambda: refused(400101, say, GROUP, channel, ada, parent_message_id="forty"),
    )


@check("a sender who is not a member of the group channel is refused with 400108")
def _():
    stranger = new_user()
    channel = new_group([new_user()])
    unchanged(GROUP, channel, lambda: refused(400108, say, GROUP, channel, stranger))


@check("an unknown channel is refused with 400201")
def _():
    ada = new_user()
    for kind in KINDS:
        error = refused(400201, say, kind, fresh("nowhere"), ada)
        equal(error["message"], '"Channel" not found.', "message")
        refused(400201, list_messages, kind, fresh("nowhere"))
        refused(400201, total, kind, fresh("nowhere"))


@check("an unknown sender is refused with 400201")
def _():
    for kind in KINDS:
        channel = new_channel(kind, new_user())
        error = refused(400201, say, kind, channel, fresh("nobody"))
        equal(error["message"], '"User" not found.', "message")


@check("an unknown message is refused with 400201")
def _():
    for kind in KINDS:
        channel = new_channel(kind, new_user())
        refused(400201, view, kind, channel, 2**53 - 1)
        refused(400201, edit, kind, channel, 2**53 - 1, message="Nothing.")
        refused(400201, delete, kind, channel, 2**53 - 1)


@check("all that was sent is read, and all that was asked for is there")
def _():
    equal(sent_in_vain(), [], "the list of what was not")


if __name__ == "__main__":
    sys.exit(run())
