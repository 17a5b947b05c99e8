"""Calls every operation that Sendbird's official Python Platform SDK has for
users, channels, messages, members, moderation and metadata.

The SDK is used as it is published, with its type checks of every request and
every answer left on. At the end each operation of the classes in APIS must have
been called, but for those of EXCEPTED; the SDK itself is asked which it has.

    pip install -r requirements.txt
    MYNAH_URL=http://127.0.0.1:8080 python every_operation.py

Each check prints `ok - <sentence>` or `not ok - <sentence>: <reason>`; the last
line is `N passed, N failed`.
"""

import copy
import json
import random
import sys

from sendbird_platform_sdk import ApiClient, ApiException, Configuration, apis
from sendbird_platform_sdk.api_client import Endpoint
from sendbird_platform_sdk.model_utils import ModelComposed, ModelNormal, ModelSimple, validate_and_convert_types

from checks import TOKEN, URL, check, equal, run, sent_in_vain

APIS = ["UserApi", "GroupChannelApi", "OpenChannelApi", "MessageApi", "MetadataApi", "ModerationApi"]

# Classes of the SDK for other resources, and why they are not called here.
OTHER = {
    "AnnouncementApi": "announcements are another resource",
    "BotApi": "bots are another resource",
    "StatisticsApi": "statistics are another resource",
}

# Operations of APIS that cannot be called, and why.
EXCEPTED = {}

client = ApiClient(Configuration(host=URL))
operations = {
    name.removesuffix("_endpoint"): endpoint
    for api in APIS
    for name, endpoint in vars(getattr(apis, api)(client)).items()
    if isinstance(endpoint, Endpoint)
}
methods = {name: getattr(apis, api)(client) for api in APIS for name in dir(getattr(apis, api)) if name[0] != "_"}
called = set()
suffix = f"{random.randrange(36**6):x}"


def name(text):
    return f"{text}-{suffix}"


def call(operation, *path, body=None, **query):
    """Calls an operation by its name, with the parameters of its path in order."""
    endpoint = operations[operation]
    required = [one for one in endpoint.params_map["required"] if one != "api_token" and one not in query]
    # The SDK wants ids of messages as texts in some operations and as numbers in others.
    values = [str(value) if endpoint.openapi_types[one] == (str,) else value for one, value in zip(required, path)]
    arguments = dict(zip(required, values, strict=True)) | query
    if body is not None:
        kinds = {name: kinds[0] for name, kinds in endpoint.openapi_types.items()}
        (place,) = [one for one, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, ModelNormal)]
        arguments[place] = validate_and_convert_types(
            copy.deepcopy(body), (kinds[place],), [place], True, True, client.configuration
        )
    called.add(operation)
    return getattr(methods[operation], operation)(api_token=TOKEN, **arguments)


def plain(answer):
    """An answer without the SDK's models."""
    if isinstance(answer, ModelSimple):
        return plain(answer.value)
    if isinstance(answer, (ModelNormal, ModelComposed)):
        return {answer.attribute_map.get(key, key): plain(value) for key, value in answer._data_store.items()}
    if isinstance(answer, list):
        return [plain(one) for one in answer]
    if isinstance(answer, dict):
        return {key: plain(value) for key, value in answer.items()}
    return answer


def refused(code, operation, *path, **rest):
    try:
        answer = call(operation, *path, **rest)
    except ApiException as error:
        equal((error.status, json.loads(error.body)["code"]), (400, code), "the refusal")
        return
    raise AssertionError(f"{operation} was accepted: {answer}")


ada, bo, cy = name("ada"), name("bo"), name("cy")
lobby, hall = name("lobby"), name("hall")
GROUP, OPEN = "group_channels", "open_channels"
@check("users are created, listed, viewed and updated")
def _():
    for user in (ada, bo, cy):
        created = call("create_a_user", body={"user_id": user, "nickname": user, "profile_url": ""})
        equal(created.user_id, user)
    listed = call("list_users", user_ids=f"{ada},{bo}", limit=5)
    equal(sorted(user.user_id for user in listed.users), [ada, bo])
    updated = call("update_a_user", ada, body={"nickname": "Ada", "preferred_languages": ["en"]})
    equal(updated.nickname, "Ada")
    viewed = call("view_a_user", ada, include_unread_count=True)
    equal((viewed.nickname, viewed.unread_message_count), ("Ada", 0))
    equal(type(call("create_user_token", ada, body={}).token), str)


@check("metadata of a user is created, updated, viewed and deleted")
def _():
    equal(call("create_user_metadata", ada, body={"metadata": {"a": "one", "b": "two"}}), {"a": "one", "b": "two"})
    changed = call("update_user_metadata", ada, body={"metadata": {"b": "zwei", "c": "drei"}, "upsert": True})
    equal(changed, {"b": "zwei", "c": "drei"})
    equal(call("update_specific_user_metadata", ada, "a", body={"value": "eins"}), {"a": "eins"})
    equal(call("view_specific_user_metadata", ada, "a"), {"a": "eins"})
    call("delete_specific_user_metadata", ada, "a")
    refused(400201, "view_specific_user_metadata", ada, "a")
    call("delete_user_all_metadata", ada)
    equal(plain(call("view_a_user", ada).metadata), {})


@check("group channels are created, listed, viewed and updated")
def _():
    created = call(
        "create_a_group_channel",
        body={"users": [{"user_id": ada}], "channel_url": lobby, "name": "Lobby", "is_public": True, "inviter_id": ada},
    )
    equal((created.channel_url, created.member_count), (lobby, 1))
    listed = call("list_channels", channel_urls=lobby, show_empty=True, show_member=True, order="chronological")
    equal([channel.channel_url for channel in listed.channels], [lobby])
    equal(call("update_a_group_channel", lobby, body={"name": "Foyer"}).name, "Foyer")
    equal(call("get_a_group_channel", lobby, show_member=True, show_read_receipt=True).name, "Foyer")


@check("members are invited, accept, join, are listed and leave")
def _():
    call("update_channel_invitation_preference", bo, body={"auto_accept": False})
    equal(call("get_channel_invitation_preference", bo).auto_accept, False)
    call("invite_as_members", lobby, body={"user_ids": [bo]})
    equal(call("check_if_member", lobby, bo).state, "invited")
    equal(call("accept_an_invitation", lobby, body={"user_id": bo}).joined_member_count, 2)
    equal(call("join_a_channel", lobby, body={"user_id": cy}).joined_member_count, 3)
    shown = {"show_member_is_muted": True, "show_read_receipt": True, "show_delivery_receipt": True}
    listed = call("list_members", lobby, user_id=ada, include_push_preference=True, limit=10, **shown)
    equal(sorted(member.user_id for member in listed.members), sorted([ada, bo, cy]))
    equal({plain(member)["push_enabled"] for member in listed.members}, {True})
    equal({plain(member)["do_not_disturb"] for member in listed.members}, {False})
    call("leave_a_channel", lobby, body={"user_ids": [cy], "should_leave_all": False})
    equal(call("check_if_member", lobby, cy).state, "none")


@check("operators of both kinds of channels are registered, listed and unregistered")
def _():
    call("create_an_open_channel", body={"channel_url": hall, "name": "Hall"})
    for channel, register, listing, cancel in [
        (
            lobby,
            "register_operators_to_a_group_channel",
            "list_operators",
            "cancel_the_registration_of_operators",
        ),
        (hall, "register_operators", "list_channel_operators", "unregister_operators"),
    ]:
        call(register, channel, body={"operator_ids": [ada, bo]})
        equal(sorted(user.user_id for user in call(listing, channel, limit=5).operators), [ada, bo])
        call(cancel, channel, ada)
        equal([user.user_id for user in call(listing, channel).operators], [bo])
        call(cancel, channel, bo, delete_all=True)
        equal(call(listing, channel).operators, [])


@check("open channels are listed, viewed and updated")
def _():
    listed = call("list_open_channels", channel_urls=hall, show_metadata=True)
    equal([channel.channel_url for channel in listed.channels], [hall])
    equal(call("update_an_open_channel", hall, body={"name": "Great Hall"}).name, "Great Hall")
    equal(call("get_an_open_channel", hall, include_operators=True).name, "Great Hall")


sent = {}


@check("messages are sent, counted, listed, viewed and updated in both kinds of channels")
def _():
    for kind, channel in [(GROUP, lobby), (OPEN, hall)]:
        body = {"message_type": "MESG", "user_id": ada, "message": "Hello"}
        message = call("send_a_message", kind, channel, body=body)
        sent[kind] = message.message_id
        equal(call("get_total_number_of_messages_in_a_channel", kind, channel).total, 1)
        patch = {"message_type": "MESG", "message": "Good morning"}
        equal(call("update_a_message", kind, channel, sent[kind], body=patch).message, "Good morning")
        viewed = call("get_a_message", kind, channel, sent[kind], include_reactions=True, with_sorted_meta_array=True)
        equal(viewed.message, "Good morning")
        listed = call("list_messages", kind, channel, 0, 0, include_thread_info=True, include_reply_type="ALL")
        equal([plain(one)["message"] for one in listed.messages], ["Good morning"])
        subchannel = {"show_subchannel_messages_only": True, "user_id": ada}
        equal(len(call("list_messages", kind, channel, 0, 0, **subchannel).messages), 1)


@check("extra data of a message is added, updated and removed")
def _():
    for kind, channel in [(GROUP, lobby), (OPEN, hall)]:
        items = [{"key": "dish", "value": ["soup"]}]
        added = call("add_extra_data_to_a_message", kind, channel, sent[kind], body={"sorted_metaarray": items})
        equal(plain(added)["sorted_metaarray"], items)
        more = {"sorted_metaarray": [{"key": "dish", "value": ["bread"]}], "mode": "add", "upsert": True}
        changed = call("update_extra_data_in_a_message", kind, channel, sent[kind], body=more)
        equal(plain(changed)["sorted_metaarray"], [{"key": "dish", "value": ["soup", "bread"]}])
        call("remove_extra_data_from_a_message", kind, channel, sent[kind], keys="dish")
        viewed = call("get_a_message", kind, channel, sent[kind], with_sorted_meta_array=True)
        equal(plain(viewed).get("sorted_metaarray"), [])


@check("what is unread is counted, read, and may be left out of totals")
def _():
    counts = lambda: (
        call("view_number_of_unread_messages", bo).unread_count,
        call("view_number_of_channels_with_unread_messages", bo).unread_count,
    )
    equal(counts(), (1, 1))
    call("mark_channel_messages_as_read", lobby, body={"user_id": bo})
    equal(counts(), (0, 0))
    call("send_a_message", GROUP, lobby, body={"message_type": "MESG", "user_id": ada, "message": "Again"})
    equal(counts(), (1, 1))
    only = "unread_message_count_only"
    call("update_count_preference_of_a_channel", bo, lobby, body={"count_preference": only})
    equal(call("view_count_preference_of_a_channel", bo, lobby).count_preference, only)
    call("mark_all_messages_as_read", bo, body={"channel_urls": [lobby]})
    equal(counts(), (0, 0))


@check("the group channels of a user are listed, hidden, shown again and left")
def _():
    mine = lambda **query: [one.channel_url for one in call("list_my_group_channels", bo, show_empty=True, **query).channels]
    equal(mine(order="latest_last_message", show_member=True, show_read_receipt=True, show_delivery_receipt=True), [lobby])
    call("hide_a_channel", lobby, body={"user_id": bo, "allow_auto_unhide": False})
    equal((mine(), mine(hidden_mode="hidden_only")), ([], [lobby]))
    call("unhide_a_channel", lobby, bo)
    equal(mine(), [lobby])
    reset = call("reset_chat_history", lobby, body={"user_id": bo})
    equal(len(str(int(plain(reset)["ts_message_offset"]))), 13, "the digits of the moment")
    call("start_typing_indicators", lobby, body={"user_ids": [bo]})
    call("stop_typing_indicators", lobby, body={"user_ids": [bo]})
    call("leave_my_group_channels", bo, body={})
    equal(mine(), [])
    call("join_a_channel", lobby, body={"user_id": bo})


@check("messages are migrated into a channel")
def _():
    # The SDK's model of a list of messages takes admin messages only.
    old = {"message_type": "ADMM", "message": "Long ago", "timestamp": 1600000000000}
    call("migrate_messages", lobby, body={"messages": [old], "update_read_ts": True, "rewind_read_ts": False})
    listed = call("list_messages", GROUP, lobby, 1600000000000, 0, prev_limit=0, next_limit=0)
    equal([plain(one)["message"] for one in listed.messages], ["Long ago"])


@check("devices are added, listed, found and removed")
def _():
    token = lambda text: name(f"token-{text}")
    for text in "one", "two", "three":
        added = call("add_a_registration_or_device_token", ada, "gcm", body={"gcm_reg_token": token(text)})
        equal((added.token, added.type), (token(text), "GCM"))
    equal(len(plain(call("list_registration_or_device_tokens", ada, "gcm"))["tokens"]), 3)
    owner = call("view_who_owns_a_registration_or_device_token", "gcm", token("one"))
    equal(plain(owner), [{"user_id": ada}])
    equal(call("remove_a_registration_or_device_token", ada, "gcm", token("one")).token, token("one"))
    call("remove_a_registration_or_device_token_from_an_owner", "gcm", token("two"))
    call("remove_all_registration_or_device_token", ada)
    equal(plain(call("list_registration_or_device_tokens", ada, "gcm"))["tokens"], [])


@check("push preferences of a user and of a channel are changed and reset")
def _():
    window = {"start_hour": 22, "start_min": 0, "end_hour": 7, "end_min": 0}
    schedule = [{"day_of_week": "monday", "time_windows": [window]}]
    body = {"push_trigger_option": "mention_only", "do_not_disturb": True, "dnd_schedules": schedule, **window}
    call("update_push_preferences", bo, body=body)
    viewed = plain(call("view_push_preferences", bo))
    equal((viewed["push_trigger_option"], viewed["do_not_disturb"]), ("mention_only", True))
    equal(len(viewed["dnd_schedules"]), 2, "the windows, split at midnight")
    call("reset_push_preferences", bo)
    equal(plain(call("view_push_preferences", bo))["push_trigger_option"], "all")
    wanted = {"push_trigger_option": "mention_only", "push_sound": "bell"}
    call("update_push_preferences_for_a_channel", bo, lobby, body=wanted)
    found = plain(call("view_push_preferences_for_a_channel", bo, lobby))
    equal((found["push_trigger_option"], found["push_sound"]), ("mention_only", "bell"))
    equal(call("choose_a_push_notification_content_template", bo, body={"name": "alternative"}).name, "alternative")


@check("metadata of channels of both kinds is created, viewed, updated and deleted")
def _():
    create, update = "create_a_channel_metadata", "update_a_channel_metadata"
    view = "view_a_channel_metadata_when_retrieving_all_items_of_a_channel_metadata"
    delete = "delete_a_channel_metadata_when_deleting_all_items_of_a_channel_metadata"
    for channel in [(GROUP, lobby), (OPEN, hall)]:
        call(create, *channel, body={"metadata": {"light": "dim", "sound": "low"}})
        equal(call(view, *channel, keys="light"), {"light": "dim"})
        equal(call(update, *channel, body={"metadata": {"light": "bright"}}), {"light": "bright"})
        call(delete, *channel)
        equal(call(view, *channel), {})


@check("users are blocked, listed and unblocked")
def _():
    equal(plain(call("block_a_user", ada, body={"target_id": cy}))["user_id"], cy)
    equal([user.user_id for user in call("list_blocked_users", ada, list="blocked_by_me").users], [cy])
    call("unblock_a_user", ada, cy)
    equal(call("list_blocked_users", ada).users, [])


@check("channels of both kinds are frozen and thawed")
def _():
    for kind, channel, freeze in [
        (GROUP, lobby, "freeze_a_group_channel"),
        (OPEN, hall, "freeze_an_open_channel"),
    ]:
        equal(call(freeze, channel, body={"freeze": True}).freeze, True)
        text = {"message_type": "MESG", "user_id": bo, "message": "Hello?"}
        refused(900050, "send_a_message", kind, channel, body=text)
        equal(call(freeze, channel, body={"freeze": False}).freeze, False)


@check("messages, channels and users are deleted")
def _():
    for kind, channel, delete in [(GROUP, lobby, "delete_a_group_channel"), (OPEN, hall, "delete_an_open_channel")]:
        call("delete_a_message", kind, channel, sent[kind])
        refused(400201, "get_a_message", kind, channel, sent[kind])
        call(delete, channel)
    refused(400201, "get_a_group_channel", lobby)
    refused(400201, "get_an_open_channel", hall)
    call("delete_a_user", cy)
    refused(400201, "view_a_user", cy)


@check("every operation of these resources was called")
def _():
    equal(sorted(set(operations) - called - set(EXCEPTED)), [], "the list of operations not called")
    equal(sorted(set(EXCEPTED) - (set(operations) - called)), [], "the list of needless exceptions")
    known = sorted(one for one in dir(apis) if one.endswith("Api"))
    equal(known, sorted(APIS + list(OTHER)), "the list of classes of the SDK")
    if len(operations) < 80:
        raise AssertionError(f"so few operations: {len(operations)}")


@check("all that was sent is read, and all that was asked for is there")
def _():
    equal(sent_in_vain(), [], "the list of what was not")


if __name__ == "__main__":
    sys.exit(run())
