// A send that fails is tried again, and one message is stored.
//
//     npm ci
//     mynah exec -- npx vitest run

import { randomUUID } from "node:crypto";
import { beforeEach, expect, test } from "vitest";

// The code under test: a client that does not give up at once.
class Chat {
  constructor(base) {
    this.base = base;
  }

  async call(method, path, body) {
    const headers = { "Api-Token": "any", "Content-Type": "application/json" };
    const answer = await fetch(this.base + path, { method, headers, body: body && JSON.stringify(body) });
    const json = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(json.message), { code: json.code });
    return json;
  }

  async send(channel, user, text) {
    const body = { message_type: "MESG", user_id: user, message: text, dedup_id: randomUUID() };
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        return await this.call("POST", `/v3/group_channels/${channel}/messages`, body);
      } catch (error) {
        if (error.code === 400202) return null; // An attempt before this one got through.
      }
    }
    throw new Error("the message could not be sent");
  }
}

let chat;

beforeEach(async () => {
  // An application of its own for each test.
  chat = new Chat(`${process.env.MYNAH_URL}/apps/test-${randomUUID()}`);
  await chat.call("POST", "/v3/users", { user_id: "ada", nickname: "Ada" });
  await chat.call("POST", "/v3/group_channels", { channel_url: "lobby", user_ids: ["ada"] });
});

async function stored() {
  const path = "/v3/group_channels/lobby/messages?message_ts=0&prev_limit=0&next_limit=10";
  return (await chat.call("GET", path)).messages.map((message) => message.message);
}

test("a send that fails is tried again", async () => {
  const fault = await chat.call("POST", "/_mynah/faults", { operation: "sendAMessage", status: 500, times: 1 });
  await chat.send("lobby", "ada", "Hello");
  expect(await stored()).toEqual(["Hello"]);
  expect((await chat.call("GET", `/_mynah/faults/${fault.id}`)).hits).toBe(1);
});

test("an answer that is lost does not send twice", async () => {
  const lost = { operation: "sendAMessage", phase: "after", reset: true, times: 1 };
  await chat.call("POST", "/_mynah/faults", lost);
  await chat.send("lobby", "ada", "Hello");
  expect(await stored()).toEqual(["Hello"]);
});
