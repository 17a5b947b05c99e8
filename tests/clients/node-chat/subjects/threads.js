// Replies: the parent knows of them, everybody hears of them, and they are listed with their parent.

import { ReplyType, ThreadInfo } from '@sendbird/chat/message';

import { application, assert, check, connected, platform, refused, sent, soon } from '../kit.js';

const app = application('threads');
let alice;
let bob;
let channel;
const is = (message) => (_, one) => one.messageId === message.messageId;
const of = (parent, count) => (_, event) =>
  event.targetMessageId === parent.messageId && (count === undefined || event.threadInfo.replyCount === count);
const reply = (client, parent, message, more = {}) =>
  client.say(channel, message, { parentMessageId: parent.messageId, ...more });

check('two users meet', async () => {
  [alice, bob] = [await connected(app, 'alice'), await connected(app, 'bob')];
  channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  await bob.channel(channel.url);
});

check('a reply knows its parent', async () => {
  const parent = await alice.say(channel, 'question');
  const answer = await reply(bob, parent, 'answer');
  assert.equal(answer.parentMessageId, parent.messageId);
  const [, heard] = await alice.until('onMessageReceived', is(answer));
  assert.equal(heard.parentMessageId, parent.messageId);
  assert.equal(heard.parentMessage.message, 'question');
  assert.equal(heard.parentMessage.sender.userId, 'alice');
});

check('who wrote the parent hears that the thread has grown', async () => {
  const parent = await alice.say(channel, 'growing');
  await reply(bob, parent, 'one');
  const [where, event] = await alice.until('onThreadInfoUpdated', of(parent, 1));
  assert.equal(where.url, channel.url);
  assert.equal(event.channelUrl, channel.url);
  assert.ok(event.threadInfo instanceof ThreadInfo);
  assert.deepEqual(event.threadInfo.mostRepliedUsers.map((user) => user.userId), ['bob']);
  assert.ok(event.threadInfo.lastRepliedAt > 0);
});

check('who replies hears of the thread as well', async () => {
  const parent = await alice.say(channel, 'mine and yours');
  await reply(bob, parent, 'one');
  await bob.until('onThreadInfoUpdated', of(parent, 1));
});

check('each reply counts, also those within the same millisecond', async () => {
  const parent = await alice.say(channel, 'busy');
  await Promise.all(Array.from({ length: 5 }, (_, index) => reply(bob, parent, `reply ${index}`)));
  const [, event] = await alice.until('onThreadInfoUpdated', of(parent, 5));
  assert.equal(parent.applyThreadInfoUpdateEvent(event), true);
  assert.equal(parent.threadInfo.replyCount, 5);
});

check('the event can be applied to the parent', async () => {
  const parent = await alice.say(channel, 'apply');
  await reply(bob, parent, 'one');
  const [, first] = await alice.until('onThreadInfoUpdated', of(parent, 1));
  assert.equal(parent.applyThreadInfoUpdateEvent(first), true);
  await reply(bob, parent, 'two');
  const [, second] = await alice.until('onThreadInfoUpdated', of(parent, 2));
  assert.equal(parent.applyThreadInfoUpdateEvent(second), true);
  assert.equal(parent.threadInfo.replyCount, 2);
});

check('a deleted reply is no longer counted', async () => {
  const parent = await alice.say(channel, 'shrinking');
  const gone = await reply(bob, parent, 'one');
  await reply(bob, parent, 'two');
  await alice.until('onThreadInfoUpdated', of(parent, 2));
  const from = alice.mark;
  await (await bob.channel(channel.url)).deleteMessage(gone);
  await alice.until('onMessageDeleted', (_, id) => id === gone.messageId);
  await alice.until('onThreadInfoUpdated', of(parent, 1), { from });
});

check('a thread is listed with its parent', async () => {
  const parent = await alice.say(channel, 'the parent');
  for (const text of ['1', '2', '3']) await reply(bob, parent, text);
  const { parentMessage, threadedMessages } = await parent.getThreadedMessagesByTimestamp(0, {
    prevResultSize: 0, nextResultSize: 10, isInclusive: true,
  });
  assert.equal(parentMessage.messageId, parent.messageId);
  assert.equal(parentMessage.threadInfo.replyCount, 3);
  assert.deepEqual(threadedMessages.map((one) => one.message), ['1', '2', '3']);
});

check('a thread is listed from its end, and by pages', async () => {
  const parent = await alice.say(channel, 'long thread');
  for (const text of ['1', '2', '3', '4']) await reply(bob, parent, text);
  const last = await parent.getThreadedMessagesByTimestamp(Number.MAX_SAFE_INTEGER, { prevResultSize: 2, nextResultSize: 0 });
  assert.deepEqual(last.threadedMessages.map((one) => one.message), ['3', '4']);
  const before = await parent.getThreadedMessagesByTimestamp(last.threadedMessages[0].createdAt, {
    prevResultSize: 2, nextResultSize: 0, isInclusive: false,
  });
  assert.deepEqual(before.threadedMessages.map((one) => one.message), ['1', '2']);
});

check('an empty thread has its parent alone', async () => {
  const parent = await alice.say(channel, 'lonely');
  const { parentMessage, threadedMessages } = await parent.getThreadedMessagesByTimestamp(0, { prevResultSize: 0, nextResultSize: 10 });
  assert.equal(parentMessage.messageId, parent.messageId);
  assert.deepEqual(threadedMessages, []);
});

check('a list of the channel has replies only where asked', async () => {
  const other = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'lists' });
  const parent = await alice.say(other, 'parent');
  await bob.say(other, 'inside', { parentMessageId: parent.messageId });
  await bob.say(other, 'also outside', { parentMessageId: parent.messageId, isReplyToChannel: true });
  const list = async (replyType) => (await other.getMessagesByTimestamp(Number.MAX_SAFE_INTEGER, {
    prevResultSize: 10, nextResultSize: 0, replyType, includeThreadInfo: true, includeParentMessageInfo: true,
  })).map((one) => one.message);
  assert.deepEqual(await list(ReplyType.NONE), ['parent']);
  assert.deepEqual(await list(ReplyType.ALL), ['parent', 'inside', 'also outside']);
  assert.deepEqual(await list(ReplyType.ONLY_REPLY_TO_CHANNEL), ['parent', 'also outside']);
});

check('a message that is fetched alone has its thread', async () => {
  const parent = await alice.say(channel, 'fetch me');
  await reply(bob, parent, 'one');
  const fetched = await alice.chat.message.getMessage({
    channelUrl: channel.url, channelType: 'group', messageId: parent.messageId, includeThreadInfo: true,
  });
  assert.equal(fetched.threadInfo.replyCount, 1);
});

check('a reply can be a file', async () => {
  const parent = await alice.say(channel, 'show me');
  const his = await bob.channel(channel.url);
  const file = await sent(his.sendFileMessage({
    fileUrl: 'http://127.0.0.1/r.png', fileName: 'r.png', fileSize: 1, mimeType: 'image/png', parentMessageId: parent.messageId,
  }));
  const [, heard] = await alice.until('onMessageReceived', is(file));
  assert.equal(heard.parentMessageId, parent.messageId);
  await alice.until('onThreadInfoUpdated', of(parent, 1));
});

check('a thread under a file is listed', async () => {
  const parent = await sent(channel.sendFileMessage({ fileUrl: 'http://127.0.0.1/p.png', fileName: 'p.png', fileSize: 1 }));
  await reply(bob, parent, 'nice');
  const { threadedMessages } = await parent.getThreadedMessagesByTimestamp(0, { prevResultSize: 0, nextResultSize: 5 });
  assert.deepEqual(threadedMessages.map((one) => one.message), ['nice']);
});

check('nobody replies to a reply', async () => {
  const parent = await alice.say(channel, 'top');
  const inner = await reply(bob, parent, 'inner');
  await assert.rejects(reply(alice, inner, 'deeper'));
});

check('nobody replies to what is not there', async () => {
  await refused(alice.say(channel, 'to nobody', { parentMessageId: 987_654_321 }), 400201, 900300, 400111);
});

check('parents with replies are listed', async () => {
  const other = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'parents' });
  const parent = await alice.say(other, 'has replies');
  await alice.say(other, 'has none');
  await bob.say(other, 'reply', { parentMessageId: parent.messageId });
  const found = await other.createThreadedParentMessageListQuery({ limit: 10 }).load();
  assert.deepEqual(found.map((one) => one.message), ['has replies']);
});

check('a reply of the Platform API grows the thread for clients', async () => {
  const parent = await alice.say(channel, 'asked in the app');
  await platform(app, 'POST', `/group_channels/${channel.url}/messages`, {
    message_type: 'MESG', user_id: 'bob', message: 'answered by a backend', parent_message_id: parent.messageId,
  });
  const [, event] = await alice.until('onThreadInfoUpdated', of(parent, 1));
  assert.deepEqual(event.threadInfo.mostRepliedUsers.map((user) => user.userId), ['bob']);
});

check('a thread is marked as read', async () => {
  const parent = await alice.say(channel, 'read me');
  await reply(bob, parent, 'unread yet');
  await alice.until('onThreadInfoUpdated', of(parent, 1));
  await parent.markThreadAsRead();
});

check('pushes of a thread are switched', async () => {
  const parent = await alice.say(channel, 'hush');
  await reply(bob, parent, 'one');
  await parent.setPushNotificationEnabled(false);
  await parent.setPushNotificationEnabled(true);
});

check('a deleted parent takes its thread with it from the list', async () => {
  const parent = await alice.say(channel, 'doomed parent');
  await reply(bob, parent, 'doomed reply');
  await channel.deleteMessage(parent);
  await bob.until('onMessageDeleted', (_, id) => id === parent.messageId);
  await soon(async () => {
    const all = await channel.getMessagesByTimestamp(Number.MAX_SAFE_INTEGER, { prevResultSize: 100, nextResultSize: 0 });
    return !all.some((one) => one.messageId === parent.messageId);
  });
});
