"""A send that fails is tried again, and what others say is counted.

    pip install -r requirements.txt
    mynah exec --seed ../world.yaml -- pytest
"""

import json
import os
import urllib.error
import urllib.request
import uuid

import pytest

MYNAH = os.environ["MYNAH_URL"]


class Chat:
    """The code under test: a client that does not give up at once."""

    def __init__(self, base):
        self.base = base

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.base + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Api-Token": "any", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def send(self, channel, user, text):
        body = {"message_type": "MESG", "user_id": user, "message": text, "dedup_id": str(uuid.uuid4())}
        for _ in range(3):
            try:
                return self.call("POST", f"/v3/group_channels/{channel}/messages", body)
            except urllib.error.HTTPError as error:
                if json.load(error)["code"] == 400202:
                    return None  # An attempt before this one got through.
            except OSError:
                pass  # The answer was lost; whether the message was, nobody knows.
        raise RuntimeError("the message could not be sent")

    def unread(self, user):
        return self.call("GET", f"/v3/users/{user}/unread_message_count")["unread_count"]


def stored(chat):
    path = "/v3/group_channels/lobby/messages?message_ts=0&prev_limit=0&next_limit=10"
    return [message["message"] for message in chat.call("GET", path)["messages"]]


@pytest.fixture
def chat():
    # A copy of the world for each test, made in milliseconds.
    fork = Chat(MYNAH).call("POST", "/_mynah/applications/mynah/fork")
    return Chat(f"{MYNAH}/apps/{fork['id']}")


def test_an_answer_that_is_lost_does_not_send_twice(chat):
    chat.call("POST", "/_mynah/faults", {"operation": "sendAMessage", "times": 1, "phase": "after", "reset": True})
    chat.send("lobby", "ada", "Hello")
    chat.call("GET", "/_mynah/journal/wait?operation=sendAMessage&count=2&timeout=5s")
    assert stored(chat) == ["Hello"]


def test_what_the_other_user_says_later_is_unread(chat):
    chat.call("POST", "/_mynah/actors", {"as": "bo", "do": "send", "channel": "lobby", "text": "Hi", "after": "2h"})
    assert chat.unread("ada") == 0
    chat.call("POST", "/_mynah/clock/advance", {"by": "2h"})
    assert chat.unread("ada") == 1


def test_a_send_that_fails_is_tried_again(chat):
    chat.call("POST", "/_mynah/faults", {"operation": "sendAMessage", "times": 2, "status": 500})
    chat.send("lobby", "ada", "Hello")
    chat.call("GET", "/_mynah/journal/wait?operation=sendAMessage&count=3&timeout=5s")
    assert stored(chat) == ["Hello"]
