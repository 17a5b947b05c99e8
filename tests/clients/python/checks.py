"""What the scripts of this folder share: sentences with a function that shows each to be true.

Each check prints `ok - <sentence>` or `not ok - <sentence>: <reason>`; the last
line is `N passed, N failed`. A word behind the script's name chooses the
sentences that have it.
"""

import json
import os
import socket
import sys
import urllib.request

from sendbird_platform_sdk import ApiException

URL = os.environ.get("MYNAH_URL", "").rstrip("/")
TOKEN = os.environ.get("MYNAH_API_TOKEN", "python-platform-sdk")
CHECKS = []


def check(sentence):
    """Registers a function as the check that shows the sentence to be true."""

    def register(function):
        CHECKS.append((sentence, function))
        return function

    return register


def equal(found, wanted, what="the answer"):
    if found != wanted:
        raise AssertionError(f"{what} is {found!r}, not {wanted!r}")


def short(value):
    text = " ".join(str(value).split())
    return text if len(text) <= 300 else text[:300] + "…"


def reason(error):
    if isinstance(error, ApiException) and error.status:
        return short(f"HTTP {error.status} {error.body}")
    if isinstance(error, AssertionError):
        return short(error)
    return short(f"{type(error).__name__}: {error}")


def sent_in_vain():
    """What was sent to the server that it does not read, or asked for that it does not have, by its own report."""
    with urllib.request.urlopen(f"{URL}/_mynah/report", timeout=30) as answer:
        report = json.load(answer)
    equal(report["dropped"], 0, "the number of requests that could not be looked at")
    if not report["looked_at"]:
        raise AssertionError("no request was looked at")
    fields = [f"{one['operation']} {one['field']}" for one in report["ignored"]]
    routes = [f"{one['method']} {one['path']}" for one in report["unknown_routes"]]
    return sorted(fields + routes + [one["operation"] for one in report["not_served"]])


def run():
    """Runs the chosen checks, and gives the exit status."""
    if not URL:
        print("MYNAH_URL must hold the server's URL, as in http://127.0.0.1:8080", file=sys.stderr)
        return 2
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [(sentence, function) for sentence, function in CHECKS if word in sentence]
    if not chosen:
        print(f"no check has {word!r} in its sentence", file=sys.stderr)
        return 2
    socket.setdefaulttimeout(30)  # The SDK itself would wait for ever.
    failed = 0
    for sentence, function in chosen:
        try:
            function()
        except Exception as error:  # One failure must not hide the other checks.
            failed += 1
            print(f"not ok - {sentence}: {reason(error)}", flush=True)
        else:
            print(f"ok - {sentence}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0
