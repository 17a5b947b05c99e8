#!/bin/sh
# One message, a reply in each dialect, and both of them counted in its thread.
# Names are new on every run, so it may be repeated against the same server.
set -eu
url=${MYNAH_URL:-http://mynah:8080}
run="$(date +%s)_$$"
ada="ada_$run"
ben="ben_$run"
channel="compose_$run"

call() { # curl arguments
    curl --silent --show-error --fail-with-body --max-time 10 --header 'Content-Type: application/json' "$@"
}

sendbird() { # method path [body]
    call --request "$1" "$url/v3/$2" --header 'Api-Token: any' ${3:+--data "$3"}
}

returning_ai() { # path body
    call "$url/apis/v1/$1" --header 'Authorization: Bearer any' --data "$2"
}

expect() { # what, the answer, what is to be found in it
    case "$2" in
        *"$3"*) echo "ok: $1" ;;
        *) echo "FAILED: $1: $2"; exit 1 ;;
    esac
}

answer=$(sendbird POST users "{\"user_id\":\"$ada\",\"nickname\":\"Ada\",\"profile_url\":\"\"}") || true
expect 'a user' "$answer" "\"user_id\":\"$ada\""
answer=$(sendbird POST users "{\"user_id\":\"$ben\",\"nickname\":\"Ben\",\"profile_url\":\"\"}") || true
expect 'another user' "$answer" "\"user_id\":\"$ben\""

answer=$(sendbird POST group_channels "{\"channel_url\":\"$channel\",\"user_ids\":[\"$ada\",\"$ben\"]}") || true
expect 'a group channel' "$answer" "\"channel_url\":\"$channel\""

answer=$(sendbird POST "group_channels/$channel/messages" \
    "{\"message_type\":\"MESG\",\"user_id\":\"$ada\",\"message\":\"Who is in?\"}") || true
expect 'a message' "$answer" '"message_id":'
parent=$(printf '%s' "$answer" | sed 's/.*"message_id":\([0-9]*\).*/\1/')

answer=$(sendbird POST "group_channels/$channel/messages" \
    "{\"message_type\":\"MESG\",\"user_id\":\"$ben\",\"message\":\"I am\",\"parent_message_id\":$parent}") || true
expect 'a Sendbird reply' "$answer" "\"parent_message_id\":$parent"

answer=$(returning_ai messages/reply "{\"messageId\":\"$parent\",\"message\":\"So am I\",\"sender\":\"$ben\"}") || true
expect 'a Returning.AI reply' "$answer" '"Message reply successfully"'

answer=$(sendbird GET "group_channels/$channel/messages/$parent?include_thread_info=true") || true
expect 'both in its thread' "$answer" '"reply_count":2'
