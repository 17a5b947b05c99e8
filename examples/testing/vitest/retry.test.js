// A send that fails is tried again, and what others say is counted.
//
//     npm ci
//     mynah exec --seed ../world.yaml -- npx vitest run

import { randomUUID } from "node:crypto";
import { beforeEach, expect, test } from "vitest";

const MYNAH = process.env.MYNAH_URL;

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

  async unread(user) {
    return (await this.call("GET", `/v3/users/${user}/unread_message_count`)).unread_count;
  }
}

async function stored() {
  const path = "/v3/group_channels/lobby/messages?message_ts=0&prev_limit=0&next_limit=10";
  return (await chat.call("GET", path)).messages.map((message) => message.message);
}

let chat;

beforeEach(async () => {
  // A copy of the world for each test, made in milliseconds.
  const fork = await new Chat(MYNAH).call("POST", "/_mynah/applications/mynah/fork");
  chat = new Chat(`${MYNAH}/apps/${fork.id}`);
});

test("an answer that is lost does not send twice", async () => {
  await chat.call("POST", "/_mynah/faults", { operation: "sendAMessage", times: 1, phase: "after", reset: true });
  await chat.send("lobby", "ada", "Hello");
  await chat.call("GET", "/_mynah/journal/wait?operation=sendAMessage&count=2&timeout=5s");
  expect(await stored()).toEqual(["Hello"]);
});

test("what the other user says later is unread", async () => {
  await chat.call("POST", "/_mynah/actors", { as: "bo", do: "send", channel: "lobby", text: "Hi", after: "2h" });
  expect(await chat.unread("ada")).toBe(0);
  await chat.call("POST", "/_mynah/clock/advance", { by: "2h" });
  expect(await chat.unread("ada")).toBe(1);
});

test("a send that fails is tried again", async () => {
  await chat.call("POST", "/_mynah/faults", { operation: "sendAMessage", times: 2, status: 500 });
  await chat.send("lobby", "ada", "Hello");
  await chat.call("GET", "/_mynah/journal/wait?operation=sendAMessage&count=3&timeout=5s");
  expect(await stored()).toEqual(["Hello"]);
});
