"""A send that fails is tried again, and one message is stored.

    pip install -r requirements.txt
    mynah exec -- pytest
"""

import json
import os
import urllib.error
import urllib.request
import uuid

import pytest


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


@pytest.fixture
def chat():
    # An application of its own for each test.
    chat = Chat(f"{os.environ['MYNAH_URL']}/apps/test-{uuid.uuid4()}")
    chat.call("POST", "/v3/users", {"user_id": "ada", "nickname": "Ada"})
    chat.call("POST", "/v3/group_channels", {"channel_url": "lobby", "user_ids": ["ada"]})
    return chat


def stored(chat):
    path = "/v3/group_channels/lobby/messages?message_ts=0&prev_limit=0&next_limit=10"
    return [message["message"] for message in chat.call("GET", path)["messages"]]


def test_a_send_that_fails_is_tried_again(chat):
    fault = chat.call("POST", "/_mynah/faults", {"operation": "sendAMessage", "status": 500, "times": 1})
    chat.send("lobby", "ada", "Hello")
    assert stored(chat) == ["Hello"]
    assert chat.call("GET", f"/_mynah/faults/{fault['id']}")["hits"] == 1


def test_an_answer_that_is_lost_does_not_send_twice(chat):
    chat.call("POST", "/_mynah/faults", {"operation": "sendAMessage", "phase": "after", "reset": True, "times": 1})
    chat.send("lobby", "ada", "Hello")
    assert stored(chat) == ["Hello"]
