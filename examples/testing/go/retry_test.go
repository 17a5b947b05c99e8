// A send that fails is tried again, and one message is stored.
//
//	cd go
//	mynah exec -- go test ./...
package recipe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"
)

// Chat is the code under test: a client that does not give up at once.
type Chat struct{ base string }

type object = map[string]any

var errSentBefore = errors.New("an attempt before this one got through")

func (chat Chat) call(method, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, chat.base+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Api-Token", "any")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		var refusal struct{ Code int }
		if err := json.NewDecoder(response.Body).Decode(&refusal); err != nil {
			return err
		}
		if refusal.Code == 400202 {
			return errSentBefore
		}
		return fmt.Errorf("refused: %d", refusal.Code)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

func (chat Chat) send(channel, user, text, once string) error {
	body := object{"message_type": "MESG", "user_id": user, "message": text, "dedup_id": once}
	var err error
	for attempt := 0; attempt < 3; attempt++ {
		err = chat.call("POST", "/v3/group_channels/"+channel+"/messages", body, &object{})
		if err == nil || errors.Is(err, errSentBefore) {
			return nil
		}
	}
	return err
}

func start(t *testing.T) Chat {
	// An application of its own for each test.
	chat := Chat{fmt.Sprintf("%s/apps/test-%d", os.Getenv("MYNAH_URL"), time.Now().UnixNano())}
	must(t, chat.call("POST", "/v3/users", object{"user_id": "ada", "nickname": "Ada"}, &object{}))
	must(t, chat.call("POST", "/v3/group_channels", object{"channel_url": "lobby", "user_ids": []string{"ada"}}, &object{}))
	return chat
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sendsOnce(t *testing.T, fault object) {
	chat := start(t)
	must(t, chat.call("POST", "/_mynah/faults", fault, &object{}))
	must(t, chat.send("lobby", "ada", "Hello", "once"))
	var list struct{ Messages []struct{ Message string } }
	path := "/v3/group_channels/lobby/messages?message_ts=0&prev_limit=0&next_limit=10"
	must(t, chat.call("GET", path, nil, &list))
	if len(list.Messages) != 1 || list.Messages[0].Message != "Hello" {
		t.Fatalf("stored: %v", list.Messages)
	}
}

func TestASendThatFailsIsTriedAgain(t *testing.T) {
	sendsOnce(t, object{"operation": "sendAMessage", "status": 500, "times": 1})
}

func TestAnAnswerThatIsLostDoesNotSendTwice(t *testing.T) {
	sendsOnce(t, object{"operation": "sendAMessage", "phase": "after", "reset": true, "times": 1})
}
