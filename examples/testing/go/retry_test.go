// A send that fails is tried again, and one message is stored.
//
//	cd go
//	mynah exec --seed ../world.yaml -- go test ./...
package recipe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"testing"
	"time"
)

// Chat is the code under test: a client that does not give up at once.
type Chat struct{ base string }

type object = map[string]any

var errSentBefore = errors.New("an attempt before this one got through")

func (chat Chat) call(method, path string, body, answer any) error {
	var text bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, chat.base+path, &text)
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

func (chat Chat) send(channel, user, text string) error {
	once := fmt.Sprint(user, time.Now().UnixNano())
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustStore(t *testing.T, chat Chat, texts ...string) {
	t.Helper()
	var list struct{ Messages []struct{ Message string } }
	path := "/v3/group_channels/lobby/messages?message_ts=0&prev_limit=0&next_limit=10"
	must(t, chat.call("GET", path, nil, &list))
	stored := []string{}
	for _, message := range list.Messages {
		stored = append(stored, message.Message)
	}
	if !reflect.DeepEqual(stored, texts) {
		t.Fatalf("stored is %q, not %q", stored, texts)
	}
}

func start(t *testing.T) Chat {
	t.Parallel()
	// A copy of the world for each test, made in milliseconds.
	mynah, fork := os.Getenv("MYNAH_URL"), object{}
	must(t, Chat{mynah}.call("POST", "/_mynah/applications/mynah/fork", nil, &fork))
	return Chat{fmt.Sprint(mynah, "/apps/", fork["id"])}
}

func TestAnAnswerThatIsLostDoesNotSendTwice(t *testing.T) {
	chat := start(t)
	fault := object{"operation": "sendAMessage", "times": 1, "phase": "after", "reset": true}
	must(t, chat.call("POST", "/_mynah/faults", fault, &object{}))
	must(t, chat.send("lobby", "ada", "Hello"))
	must(t, chat.call("GET", "/_mynah/journal/wait?operation=sendAMessage&count=2&timeout=5s", nil, &object{}))
	mustStore(t, chat, "Hello")
}

func TestASendThatFailsIsTriedAgain(t *testing.T) {
	chat := start(t)
	fault := object{"operation": "sendAMessage", "times": 2, "status": 500}
	must(t, chat.call("POST", "/_mynah/faults", fault, &object{}))
	must(t, chat.send("lobby", "ada", "Hello"))
	must(t, chat.call("GET", "/_mynah/journal/wait?operation=sendAMessage&count=3&timeout=5s", nil, &object{}))
	mustStore(t, chat, "Hello")
}
