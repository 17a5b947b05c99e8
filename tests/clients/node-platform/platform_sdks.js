// Drives a running Mynah with Sendbird's official Platform SDKs for JavaScript and TypeScript.
//
// Both SDKs (npm `sendbird-platform-sdk` and `sendbird-platform-sdk-typescript`) are made from one description and have
// the same operations under the same names, so one scenario runs through each of them. They are used as they are
// published. At the end each operation that an SDK has for users, channels, messages, metadata, moderation and reports
// must have been called, but for those of EXCEPTED.
//
//     npm ci && MYNAH_URL=http://127.0.0.1:8080 node platform_sdks.js
//
// Each check prints `ok - <sentence>` or `not ok - <sentence>: <reason>`; the last line is `N passed, N failed`.

"use strict";
const assert = require("node:assert/strict");

const HOST = (process.env.MYNAH_URL || "").replace(/\/$/, "");
const TOKEN = process.env.MYNAH_API_TOKEN || "platform-sdk";
const APIS = ["UserApi", "GroupChannelApi", "OpenChannelApi", "MessageApi", "MetadataApi", "ModerationApi", "ReportApi"];

/** Operations of other resources, which stand among these, and why one of ours is not called. */
const EXCEPTED = {
  listAnnouncements: "announcements",
  listAnnouncementGroups: "announcements",
  scheduleAnnouncement: "announcements",
  updateAnnouncementById: "announcements",
  getStatistics: "statistics",
  getStatisticsDaily: "statistics",
  getStatisticsMonthly: "statistics",
};

/** Where a model of an SDK does not take the service's own answer, and what it says; see docs/fidelity.md. */
const MISREAD = {
  JavaScript: {
    addRegistrationOrDeviceToken: "data.map is not a function",
    removeRegistrationOrDeviceTokenByToken: "data.map is not a function",
  },
};

/** What is sent and not read, and why that is well. */
const IN_VAIN = {
  "addEmojiCategories emojiCategories":
    "the TypeScript SDK sends the body of this operation as it was given, with the names of both SDKs",
};

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

const rename = (fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [camel(name), value]));

/** The JavaScript SDK: what is optional stands in an object, names in bodies and answers are those of the wire. */
function javascript() {
  const sdk = require("sendbird-platform-sdk");
  sdk.ApiClient.instance.basePath = HOST;
  return {
    name: "JavaScript",
    apis: Object.fromEntries(APIS.filter((api) => sdk[api]).map((api) => [api, new sdk[api]()])),
    call: (api, method, required, body, query) =>
      api[method](TOKEN, ...required, { ...rename(query ?? {}), ...(body && { [`${method}Data`]: body, body }) }),
    field: (answer, name) => answer[name],
    refusal: (error) => ({ status: error.status, body: error.response?.body }),
  };
}

/** The TypeScript SDK: what is optional stands in order, names are in camel case. */
function typescript() {
  const sdk = require("sendbird-platform-sdk-typescript");
  const configuration = sdk.createConfiguration({ baseServer: new sdk.ServerConfiguration(HOST, {}) });
  return {
    name: "TypeScript",
    apis: Object.fromEntries(APIS.filter((api) => sdk[api]).map((api) => [api, new sdk[api](configuration)])),
    call: (api, method, required, body, query) =>
      // An untyped body goes as it is, a typed one by its names in the SDK.
      api[method](TOKEN, ...required, ...(body ? [{ ...body, ...rename(body) }] : Object.values(query ?? {}))),
    field: (answer, name) => answer[camel(name)] ?? answer[name],
    refusal: (error) => ({ status: error.code, body: error.body }),
  };
}

let passed = 0;
let failed = 0;

async function scenario(sdk) {
  const called = new Set();
  const run = Math.random().toString(36).slice(2, 8) + sdk.name[0].toLowerCase();
  const id = (name) => `${name}-${run}`;

  /** Calls an operation by its name, whichever of the SDK's classes has it. */
  let latest = "";
  const call = (method, required = [], body = undefined, query = undefined) => {
    const api = Object.values(sdk.apis).find((one) => typeof one[method] === "function");
    if (!api) return undefined;
    called.add(method);
    latest = method;
    const answer = sdk.call(api, method, required, body, query);
    const complaint = MISREAD[sdk.name]?.[method];
    if (!complaint) return answer;
    // The request went out and was answered 200: a refusal would have another message.
    return answer.then(
      () => assert.fail(`${method} is read now: take it out of MISREAD`),
      (error) => assert.equal(error.message, complaint),
    );
  };
  const check = async (sentence, body) => {
    try {
      await body();
      passed += 1;
      console.log(`ok - ${sdk.name}: ${sentence}`);
    } catch (error) {
      failed += 1;
      const said = error.response?.text ?? (error.body && JSON.stringify(error.body)) ?? "";
      console.log(`not ok - ${sdk.name}: ${sentence}: ${latest}: ${error.message ?? error} ${said}`.trimEnd());
    }
  };
  const refused = async (call, status, code) => {
    const error = await call.then(
      () => assert.fail("it was not refused"),
      (error) => error,
    );
    const { status: seen, body } = sdk.refusal(error);
    assert.equal(seen, status, error.message);
    const told = typeof body === "string" ? JSON.parse(body) : body;
    if (told?.code !== undefined) assert.equal(told.code, code);
  };
  const f = sdk.field;
  const [ada, bo, cy] = ["ada", "bo", "cy"].map(id);
  const lobby = id("lobby");
  const hall = id("hall");
  const group = ["group_channels", lobby];
  let first;

  await check("users are created, viewed, listed and updated", async () => {
    for (const user of [ada, bo, cy]) {
      const made = await call("createUser", [], { user_id: user, nickname: user, profile_url: "" });
      assert.equal(f(made, "user_id"), user);
    }
    assert.equal(f(await call("updateUserById", [ada], { nickname: "Ada" }), "nickname"), "Ada");
    assert.equal(f(await call("viewUserById", [ada]), "nickname"), "Ada");
    assert.ok(f(await call("listUsers"), "users").length >= 3);
    await refused(call("createUser", [], { user_id: ada, nickname: "again", profile_url: "" }), 400, 400202);
    await refused(call("viewUserById", [id("nobody")]), 400, 400201);
    await call("createUserToken", [ada], {});
  });

  await check("user metadata are created, viewed, updated and deleted", async () => {
    await call("createUserMetadata", [ada], { metadata: { font: "serif", size: "12", hue: "red" } });
    await call("updateUserMetadata", [ada], { metadata: { font: "sans" } });
    await call("updateUserMetadataByKey", [ada, "size"], { value: "14" });
    await call("viewUserMetadata", [ada]);
    await call("viewUserMetadataByKey", [ada, "font"]);
    await call("deleteUserMetadataByKey", [ada, "font"]);
    await call("deleteUserMetadata", [ada]);
  });

  await check("a group channel is created, viewed, listed and updated", async () => {
    const made = await call("gcCreateChannel", [], { channel_url: lobby, name: "Lobby", user_ids: [ada, bo], is_public: true });
    assert.equal(f(made, "channel_url"), lobby);
    assert.equal(f(await call("gcUpdateChannelByUrl", [lobby], { name: "The lobby" }), "name"), "The lobby");
    assert.equal(f(await call("gcViewChannelByUrl", [lobby]), "name"), "The lobby");
    assert.equal(f(await call("gcListMembers", [lobby]), "members").length, 2);
    assert.equal(f(await call("gcCheckIfMemberById", [lobby, ada]), "is_member"), true);
  });

  await check("members are invited, join, decline and leave", async () => {
    await call("updateChannelInvitationPreference", [cy], { auto_accept: false });
    assert.equal(f(await call("viewChannelInvitationPreference", [cy]), "auto_accept"), false);
    await call("gcInviteAsMembers", [lobby], { user_ids: [cy] });
    await call("gcAcceptInvitation", [lobby], { user_id: cy });
    await call("gcLeaveChannel", [lobby], { user_ids: [cy] });
    await call("gcInviteAsMembers", [lobby], { user_ids: [cy] });
    await call("gcDeclineInvitation", [lobby], { user_id: cy });
    await call("gcJoinChannel", [lobby], { user_id: cy });
    assert.equal(f(await call("gcCheckIfMemberById", [lobby, cy]), "is_member"), true);
  });

  await check("operators are registered, listed and unregistered", async () => {
    await call("gcRegisterOperators", [lobby], { operator_ids: [ada] });
    assert.equal(f(await call("gcListOperators", [lobby]), "operators").length, 1);
    await call("gcCancelTheRegistrationOfOperators", [lobby, [ada]]);
    assert.equal(f(await call("gcListOperators", [lobby]), "operators").length, 0);
    await call("registerAsOperatorToChannelsWithCustomChannelTypes", [ada], { channel_custom_types: [id("type")] });
  });

  await check("a message is sent, answered, listed, viewed, updated and counted", async () => {
    const sent = await call("sendMessage", group, { message_type: "MESG", user_id: ada, message: "Lunch?" });
    first = f(sent, "message_id");
    assert.equal(typeof first, "number");
    // Channels without messages are not listed.
    assert.ok(f(await call("gcListChannels"), "channels").length >= 1);
    const parent = { parent_message_id: first };
    await call("sendMessage", group, { message_type: "MESG", user_id: bo, message: "At one.", ...parent });
    const viewed = await call("viewMessageById", [...group, String(first)]);
    assert.equal(f(viewed, "message"), "Lunch?");
    const listed = await call("listMessages", group, undefined, { message_ts: String(Date.now() + 1000) });
    assert.ok(f(listed, "messages").length >= 1);
    await call("updateMessageById", [...group, String(first)], { message_type: "MESG", message: "Dinner?" });
    await call("viewTotalNumberOfMessagesInChannel", group);
    await refused(call("viewMessageById", [...group, "999999999"]), 400, 400201);
    await refused(call("sendMessage", group, { message_type: "MESG", user_id: id("nobody"), message: "?" }), 400, 400201);
  });

  await check("an admin message takes no replies", async () => {
    const admin = await call("sendMessage", group, { message_type: "ADMM", message: "Closing", user_id: ada });
    const reply = { message_type: "MESG", user_id: bo, message: "Why?", parent_message_id: f(admin, "message_id") };
    // Of the two SDKs only one may know the parameter; the other then sends a message that is no reply.
    const sent = await call("sendMessage", group, reply).catch((error) => sdk.refusal(error).status);
    assert.ok(sent === 400 || !f(sent, "parent_message_id"));
  });

  await check("what is unread is counted, and read and delivered", async () => {
    await call("viewNumberOfUnreadMessages", [ada]);
    await call("viewNumberOfChannelsWithUnreadMessages", [ada]);
    await call("viewNumberOfUnreadItems", [ada]);
    await call("viewNumberOfChannelsByJoinStatus", [ada]);
    await call("gcViewNumberOfEachMembersUnreadMessages", [lobby], undefined, { user_ids: ada });
    await call("gcMarkAllMessagesAsRead", [lobby], { user_id: ada });
    await call("gcMarkAllMessagesAsDelivered", [lobby], { user_id: bo });
    await call("markAllMessagesAsRead", [ada], { channel_urls: [lobby] });
    assert.equal(f(await call("viewNumberOfUnreadMessages", [ada]), "unread_count"), 0);
  });

  await check("reactions come and go", async () => {
    await call("enableReactions", [], { enabled: true });
    await call("addReactionToAMessage", [...group, String(first)], { user_id: bo, reaction: "tada" });
    await call("listReactionsOfMessage", [...group, String(first)], undefined, { list_users: true });
    await call("removeReactionFromAMessage", [...group, String(first)], undefined, { user_id: bo, reaction: "tada" });
  });

  await check("extra data are added, updated and removed", async () => {
    const item = (value) => ({ sorted_metaarray: [{ key: "likes", value: [value] }] });
    await call("addExtraDataToMessage", [...group, String(first)], item("ada"));
    await call("updateExtraDataInMessage", [...group, String(first)], { ...item("bo"), mode: "add" });
    await call("removeExtraDataFromMessage", [...group, String(first)], undefined, { keys: ["likes"] });
  });

  await check("a message is translated, others are migrated", async () => {
    await call("translateMessageIntoOtherLanguages", [...group, String(first)], { target_langs: ["es"] });
    const messages = [{ message_type: "MESG", user_id: ada, message: "old", timestamp: 1500000000000 }];
    await call("migrateMessagesByUrl", [lobby], { messages });
  });

  await check("emojis are added, listed, changed and deleted", async () => {
    const url = "https://example.com/a.png";
    await call("useDefaultEmojis", [], { use_default_emoji: true });
    const category = await call("addEmojiCategories", [], { emoji_categories: [{ name: id("faces"), url }] });
    const number = String((category.emoji_categories ?? category.emojiCategories).at(-1).id);
    await call("addEmojis", [], { emoji_category_id: Number(number), emojis: [{ key: id("grin"), url }] });
    await call("listEmojis");
    await call("listAllEmojisAndEmojiCategories");
    await call("getEmojiByKey", [id("grin")]);
    await call("getEmojiCategoryById", [number]);
    await call("updateEmojiUrlByKey", [id("grin")], { url });
    await call("updateEmojiCategoryUrlById", [number], { url });
    await call("deleteEmojiByKey", [id("grin")]);
    await call("deleteEmojiCategoryById", [number]);
  });

  await check("preferences and devices are kept", async () => {
    await call("addRegistrationOrDeviceToken", [ada, "gcm"], { gcm_reg_token: id("device") });
    await call("listRegistrationOrDeviceTokens", [ada, "gcm"]);
    await call("viewWhoOwnsRegistrationOrDeviceTokenByToken", ["gcm", id("device")]);
    await call("removeRegistrationOrDeviceTokenByToken", [ada, "gcm", id("device")]);
    await call("addRegistrationOrDeviceToken", [ada, "gcm"], { gcm_reg_token: id("device") });
    await call("removeRegistrationOrDeviceTokenFromOwnerByToken", ["gcm", id("device")]);
    await call("removeRegistrationOrDeviceToken", [ada]);
    await call("choosePushNotificationContentTemplate", [ada], { name: "default" });
    await call("updatePushPreferences", [ada], { push_trigger_option: "mention_only" });
    await call("viewPushPreferences", [ada]);
    await call("updatePushPreferencesForChannelByUrl", [ada, lobby], { push_trigger_option: "off" });
    await call("viewPushPreferencesForChannelByUrl", [ada, lobby]);
    await call("resetPushPreferences", [ada]);
    await call("updateCountPreferenceOfChannelByUrl", [ada, lobby], { count_preference: "all" });
    await call("viewCountPreferenceOfChannelByUrl", [ada, lobby]);
  });

  await check("own channels are listed, hidden, shown again, and begin anew", async () => {
    const own = await call("listMyGroupChannels", [ada]);
    assert.ok(f(own, "channels").some((channel) => f(channel, "channel_url") === lobby));
    await call("gcHideOrArchiveChannel", [lobby], { user_id: ada });
    await call("gcUnhideOrUnarchiveChannel", [lobby, ada], undefined, { should_unhide_all: false });
    await call("gcResetChatHistory", [lobby], { user_id: ada });
  });

  await check("an open channel is created, viewed, listed and updated", async () => {
    assert.equal(f(await call("ocCreateChannel", [], { channel_url: hall, name: "Hall" }), "channel_url"), hall);
    await call("ocUpdateChannelByUrl", [hall], { name: "The hall" });
    assert.equal(f(await call("ocViewChannelByUrl", [hall]), "name"), "The hall");
    assert.ok(f(await call("ocListChannels"), "channels").length >= 1);
    await call("ocListParticipants", [hall]);
    await call("ocRegisterOperators", [hall], { operator_ids: [ada] });
    await call("ocListOperators", [hall]);
    await call("ocCancelTheRegistrationOfOperators", [hall, [ada]]);
  });

  for (const [kind, prefix, channel] of [["group", "gc", lobby], ["open", "oc", hall]]) {
    await check(`users are muted, banned and frozen out of ${kind} channels, and let in again`, async () => {
      const path = [`${kind}_channels`, channel];
      const words = { message_type: "MESG", user_id: bo, message: "Hello?" };
      await call(`${prefix}MuteUser`, [channel], { user_id: bo, seconds: 60 });
      await refused(call("sendMessage", path, words), 400, 900041);
      await call(`${prefix}ListMutedUsers`, [channel]);
      assert.equal(f(await call(`${prefix}ViewMuteById`, [channel, bo]), "is_muted"), true);
      await call(`${prefix}UnmuteUserById`, [channel, bo]);
      await call(`${prefix}FreezeChannel`, [channel], { freeze: true });
      await refused(call("sendMessage", path, words), 400, 900050);
      await call(`${prefix}FreezeChannel`, [channel], { freeze: false });
      await call(`${prefix}BanUser`, [channel], { user_id: bo, seconds: 60 });
      await refused(call("sendMessage", path, words), 400, 900100);
      await call(`${prefix}ListBannedUsers`, [channel]);
      await call(`${prefix}UpdateBanById`, [channel, bo], { seconds: 120, description: "noise" });
      await call(`${prefix}ViewBanById`, [channel, bo]);
      await call("listBannedChannels", [bo]);
      await call("listMutedChannels", [bo]);
      await call(`${prefix}UnbanUserById`, [channel, bo]);
    });
  }

  await check("users block each other, and are kept out by custom types", async () => {
    await call("blockUser", [ada], { target_id: cy });
    assert.equal(f(await call("listBlockedUsers", [ada]), "users").length, 1);
    await call("unblockUserById", [ada, cy]);
    const types = { channel_custom_types: [id("type")] };
    await call("banFromChannelsWithCustomChannelTypes", [cy], types);
    await call("muteInChannelsWithCustomChannelTypes", [cy], types);
  });

  await check("channel metadata and counters are created, viewed, updated and deleted", async () => {
    for (const [noun, value, next] of [["Metadata", "warm", "cold"], ["Metacounter", 1, 2]]) {
      const many = (value) => ({ [noun.toLowerCase()]: { climate: value, light: value, sound: value } });
      await call(`createChannel${noun}`, group, many(value));
      await call(`updateChannel${noun}`, group, many(next));
      await call(`updateChannel${noun}ByKey`, [...group, "light"], { value: next });
      await call(`viewChannel${noun}`, group);
      await call(`viewChannel${noun}ByKey`, [...group, "light"]);
      await call(`deleteChannel${noun}ByKey`, [...group, "light"]);
      await call(`deleteChannel${noun}`, group);
    }
  });

  await check("reports are made and listed", async () => {
    const report = { report_category: "spam", reporting_user_id: ada, report_description: "loud" };
    await call("reportUserById", [cy], { ...report, channel_type: "group_channels", channel_url: lobby, offending_user_id: cy });
    await call("reportChannelByUrl", group, { ...report, offending_user_id: cy });
    await call("reportMessageById", [...group, String(first)], { ...report, offending_user_id: ada });
    await call("listReports");
    await call("listReportsOnUserById", [cy]);
    await call("listReportsOnChannelByUrl", group);
    await call("listReportsOnMessageById", [...group, String(first)]);
  });

  await check("a message of which words are covered is viewed as it was written", async () => {
    const filter = async (type) => {
      const body = JSON.stringify({ profanity_filter: { keywords: "darn", type } });
      const headers = { "Api-Token": TOKEN, "Content-Type": "application/json" };
      const answer = await fetch(`${HOST}/v3/applications/settings_global`, { method: "PUT", headers, body });
      assert.equal(answer.status, 200);
    };
    await filter(1);
    const sent = await call("sendMessage", group, { message_type: "MESG", user_id: ada, message: "Darn it" });
    assert.equal(f(sent, "message"), "**** it");
    const seen = await call("viewModeratedMessageById", [...group, String(f(sent, "message_id"))]);
    if (sdk.name === "JavaScript") assert.equal(f(seen, "message"), "Darn it");
    await filter(0);
  });

  await check("messages, channels and users are deleted", async () => {
    await call("deleteMessageById", [...group, String(first)]);
    await call("leaveMyGroupChannels", [cy], {});
    await call("gcDeleteChannelByUrl", [lobby]);
    await call("ocDeleteChannelByUrl", [hall]);
    await call("deleteUserById", [cy]);
    await refused(call("viewUserById", [cy]), 400, 400201);
    await refused(call("gcViewChannelByUrl", [lobby]), 400, 400201);
  });

  await check("every operation of these resources was called", async () => {
    const methods = Object.values(sdk.apis).flatMap((api) => Object.getOwnPropertyNames(Object.getPrototypeOf(api)));
    const operations = methods.filter((name) => name !== "constructor" && !name.endsWith("WithHttpInfo"));
    const missing = operations.filter((name) => !called.has(name) && !EXCEPTED[name]);
    assert.deepEqual(missing, []);
    assert.ok(operations.length > 100, `so few operations: ${operations.length}`);
  });
}

/** What was sent to the server that it does not read, or asked for that it does not have, by its own report. */
async function sentInVain() {
  const report = await (await fetch(`${HOST}/_mynah/report`)).json();
  assert.equal(report.dropped, 0, "requests could not be looked at");
  assert.ok(report.looked_at > 0, "no request was looked at");
  return [
    ...report.ignored.map(({ operation, field }) => `${operation} ${field}`),
    ...report.unknown_routes.map(({ method, path }) => `${method} ${path}`),
    ...report.not_served.map(({ operation }) => operation),
  ];
}

(async () => {
  if (!HOST) throw new Error("MYNAH_URL says where Mynah is");
  for (const sdk of [javascript(), typescript()]) await scenario(sdk);
  const sentence = "all that was sent is read, and all that was asked for is there";
  const unknown = (await sentInVain()).filter((each) => !(each in IN_VAIN));
  if (unknown.length === 0) passed += 1;
  else failed += 1;
  console.log(unknown.length === 0 ? `ok - ${sentence}` : `not ok - ${sentence}: ${unknown.join(", ")}`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
})();
