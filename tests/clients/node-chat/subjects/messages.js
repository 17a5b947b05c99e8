// Texts and files: sent, heard, changed, copied, deleted, listed.

import { MentionType, MessageMetaArray, MessageTypeFilter, ReplyType } from '@sendbird/chat/message';

import { application, assert, check, connected, platform, refused, sent } from '../kit.js';

const app = application('messages');
let alice;
let bob;
let channel;
const is = (message) => (_, one) => one.messageId === message.messageId;
const list = (one, params = {}) => one.getMessagesByTimestamp(Number.MAX_SAFE_INTEGER, {
  prevResultSize: 100, nextResultSize: 0, ...params,
});

check('two users meet', async () => {
  alice = await connected(app, 'alice');
  bob = await connected(app, 'bob');
  await bob.chat.updateCurrentUserInfo({ nickname: 'Bob' });
  channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  await bob.channel(channel.url);
});

check('a text is pending, then stored', async () => {
  const steps = [];
  const handler = channel.sendUserMessage({ message: 'hello', data: 'extra', customType: 'greeting' });
  handler.onPending((message) => steps.push(message.sendingStatus));
  const message = await sent(handler);
  assert.deepEqual(steps, ['pending']);
  assert.equal(message.sendingStatus, 'succeeded');
  assert.equal(message.message, 'hello');
  assert.equal(message.data, 'extra');
  assert.equal(message.customType, 'greeting');
  assert.equal(message.sender.userId, 'alice');
  assert.ok(message.messageId > 0);
  assert.ok(message.reqId);
});

check('the other hears the text, with its sender', async () => {
  const message = await alice.say(channel, 'do you hear', { data: 'd', customType: 'c' });
  const [where, heard] = await bob.until('onMessageReceived', is(message));
  assert.equal(where.url, channel.url);
  assert.ok(heard.isUserMessage());
  assert.equal(heard.message, 'do you hear');
  assert.equal(heard.data, 'd');
  assert.equal(heard.customType, 'c');
  assert.equal(heard.sender.userId, 'alice');
  assert.equal(heard.createdAt, message.createdAt);
});

check('the sender does not hear the own message as a new one', async () => {
  const message = await alice.say(channel, 'an echo?');
  await bob.until('onMessageReceived', is(message));
  assert.equal(alice.count('onMessageReceived', is(message)), 0);
});

check('messages are heard in the order in which they were sent', async () => {
  const from = bob.mark;
  const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
  const handlers = texts.map((message) => sent(channel.sendUserMessage({ message })));
  const stored = await Promise.all(handlers);
  await bob.until('onMessageReceived', is(stored.at(-1)), { from });
  const heard = bob.heard.slice(from).filter((event) => event.name === 'onMessageReceived');
  assert.deepEqual(heard.map((event) => event.args[1].message), texts);
});

check('the last message of the channel follows', async () => {
  const message = await alice.say(channel, 'the latest');
  await bob.until('onMessageReceived', is(message));
  assert.equal((await bob.channel(channel.url)).lastMessage.messageId, message.messageId);
});

check('who is mentioned hears so', async () => {
  const message = await alice.say(channel, 'hey @Bob', {
    mentionType: MentionType.USERS, mentionedUserIds: ['bob'], mentionedMessageTemplate: 'hey @{bob}',
  });
  const [, heard] = await bob.until('onMentionReceived', is(message));
  assert.deepEqual(heard.mentionedUsers.map((user) => user.userId), ['bob']);
  assert.equal(heard.mentionedMessageTemplate, 'hey @{bob}');
});

check('the whole channel is mentioned', async () => {
  const message = await alice.say(channel, 'all!', { mentionType: MentionType.CHANNEL });
  const [, heard] = await bob.until('onMentionReceived', is(message));
  assert.equal(heard.mentionType, 'channel');
});

check('an edit is heard', async () => {
  const message = await alice.say(channel, 'tpyo');
  const changed = await channel.updateUserMessage(message.messageId, { message: 'typo', data: 'fixed', customType: 'edited' });
  assert.equal(changed.message, 'typo');
  assert.ok(changed.updatedAt >= changed.createdAt);
  const [, heard] = await bob.until('onMessageUpdated', is(message));
  assert.equal(heard.message, 'typo');
  assert.equal(heard.data, 'fixed');
  assert.equal(heard.customType, 'edited');
});

check('nobody edits what another wrote', async () => {
  const message = await alice.say(channel, 'mine');
  await refused((await bob.channel(channel.url)).updateUserMessage(message.messageId, { message: 'yours' }), 900022, 400108, 400201);
  assert.equal((await alice.chat.message.getMessage({
    channelUrl: channel.url, channelType: 'group', messageId: message.messageId,
  })).message, 'mine');
});

check('a message that is not there cannot be edited', async () => {
  await refused(channel.updateUserMessage(123_456_789, { message: 'x' }), 900300, 400201);
});

check('a deletion is heard', async () => {
  const message = await alice.say(channel, 'soon gone');
  await bob.until('onMessageReceived', is(message));
  await channel.deleteMessage(message);
  const [, id] = await bob.until('onMessageDeleted', (_, one) => one === message.messageId);
  assert.equal(id, message.messageId);
  assert.ok(!(await list(channel)).some((one) => one.messageId === message.messageId));
});

check('a file of which the URL is known is sent', async () => {
  const message = await sent(channel.sendFileMessage({
    fileUrl: 'http://127.0.0.1/cat.png', fileName: 'cat.png', fileSize: 321, mimeType: 'image/png', message: 'a cat',
  }));
  const [, heard] = await bob.until('onMessageReceived', is(message));
  assert.ok(heard.isFileMessage());
  assert.equal(heard.plainUrl, 'http://127.0.0.1/cat.png');
  assert.equal(heard.name, 'cat.png');
  assert.equal(heard.size, 321);
  assert.equal(heard.type, 'image/png');
});

check('a file is uploaded, sent, and can be fetched', async () => {
  const uploaded = await channel.uploadFile({ file: new Blob(['just text'], { type: 'text/plain' }) });
  assert.ok(uploaded.url);
  const message = await sent(channel.sendFileMessage({ fileUrl: uploaded.url, fileName: 'a.txt', fileSize: 9, mimeType: 'text/plain' }));
  const [, heard] = await bob.until('onMessageReceived', is(message));
  const answer = await fetch(heard.url);
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), 'just text');
});

check('a picture gets the thumbnails that were asked for', async () => {
  const file = new Blob([Buffer.from(PIXEL, 'base64')], { type: 'image/png' });
  const uploaded = await channel.uploadFile({ file, thumbnailSizes: [{ maxWidth: 32, maxHeight: 32 }] });
  assert.equal(uploaded.thumbnails.length, 1);
  assert.ok(uploaded.thumbnails[0].url);
});

check('several files go in one message', async () => {
  const file = (name) => ({ fileUrl: `http://127.0.0.1/${name}`, fileName: name, fileSize: 3, mimeType: 'image/png' });
  const message = await sent(channel.sendMultipleFilesMessage({ fileInfoList: [file('one.png'), file('two.png')] }));
  const [, heard] = await bob.until('onMessageReceived', is(message));
  assert.ok(heard.isMultipleFilesMessage());
  assert.deepEqual(heard.fileInfoList.map((one) => one.fileName), ['one.png', 'two.png']);
});

check('an edit of a file is heard', async () => {
  const message = await sent(channel.sendFileMessage({ fileUrl: 'http://127.0.0.1/a.bin', fileName: 'a.bin', fileSize: 1 }));
  await channel.updateFileMessage(message.messageId, { data: 'described', customType: 'doc' });
  const [, heard] = await bob.until('onMessageUpdated', is(message));
  assert.equal(heard.data, 'described');
  assert.equal(heard.customType, 'doc');
});

check('a text is copied to another channel', async () => {
  const other = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'copies' });
  const message = await alice.say(channel, 'copy me', { data: 'with data' });
  const copy = await channel.copyUserMessage(other, message);
  const [where, heard] = await bob.until('onMessageReceived', is(copy));
  assert.equal(where.url, other.url);
  assert.equal(heard.message, 'copy me');
  assert.equal(heard.data, 'with data');
});

check('a file is copied to another channel', async () => {
  const other = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'copies' });
  const message = await sent(channel.sendFileMessage({ fileUrl: 'http://127.0.0.1/c.png', fileName: 'c.png', fileSize: 5, mimeType: 'image/png' }));
  const copy = await channel.copyFileMessage(other, message);
  const [where, heard] = await bob.until('onMessageReceived', is(copy));
  assert.equal(where.url, other.url);
  assert.equal(heard.name, 'c.png');
});

check('a message carries arrays of its own', async () => {
  const message = await alice.say(channel, 'with arrays', { metaArrays: [new MessageMetaArray({ key: 'tags', value: ['a'] })] });
  const [, heard] = await bob.until('onMessageReceived', is(message));
  assert.deepEqual(heard.metaArrays.map(({ key, value }) => ({ key, value })), [{ key: 'tags', value: ['a'] }]);
});

check('arrays get keys and values, and lose them', async () => {
  const message = await alice.say(channel, 'arrays change');
  const arrays = (one) => Object.fromEntries(one.metaArrays.map(({ key, value }) => [key, value]));
  let now = await channel.createMessageMetaArrayKeys(message, ['tags', 'empty']);
  assert.deepEqual(arrays(now), { tags: [], empty: [] });
  now = await channel.addMessageMetaArrayValues(now, [new MessageMetaArray({ key: 'tags', value: ['x', 'y'] })]);
  assert.deepEqual(arrays(now), { tags: ['x', 'y'], empty: [] });
  now = await channel.removeMessageMetaArrayValues(now, [new MessageMetaArray({ key: 'tags', value: ['x'] })]);
  assert.deepEqual(arrays(now), { tags: ['y'], empty: [] });
  now = await channel.deleteMessageMetaArrayKeys(now, ['empty']);
  assert.deepEqual(arrays(now), { tags: ['y'] });
  await bob.until('onMessageUpdated', is(message));
});

check('messages are listed around a time and around a message', async () => {
  const fresh = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'list' });
  const all = [];
  for (const text of ['1', '2', '3', '4', '5']) all.push(await alice.say(fresh, text));
  const texts = async (promise) => (await promise).map((one) => one.message);
  assert.deepEqual(await texts(list(fresh, { prevResultSize: 2 })), ['4', '5']);
  assert.deepEqual(await texts(fresh.getMessagesByMessageId(all[2].messageId, {
    prevResultSize: 1, nextResultSize: 1, isInclusive: true,
  })), ['2', '3', '4']);
  assert.deepEqual(await texts(fresh.getMessagesByTimestamp(all[2].createdAt, {
    prevResultSize: 0, nextResultSize: 5, isInclusive: false,
  })), ['4', '5']);
  assert.deepEqual(await texts(list(fresh, { prevResultSize: 2, reverse: true })), ['5', '4']);
});

check('messages are listed by type, custom type and sender', async () => {
  const fresh = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'filter' });
  await alice.say(fresh, 'plain');
  await bob.say(fresh, 'typed', { customType: 'special' });
  await sent(fresh.sendFileMessage({ fileUrl: 'http://127.0.0.1/f', fileName: 'f', fileSize: 1 }));
  const texts = async (params) => (await list(fresh, params)).map((one) => one.message || one.name);
  assert.deepEqual(await texts({ messageTypeFilter: MessageTypeFilter.FILE }), ['f']);
  assert.deepEqual(await texts({ customTypesFilter: ['special'] }), ['typed']);
  assert.deepEqual(await texts({ senderUserIdsFilter: ['bob'] }), ['typed']);
});

check('the query for earlier messages turns pages', async () => {
  const fresh = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'pages' });
  for (const text of ['1', '2', '3', '4', '5']) await alice.say(fresh, text);
  const query = fresh.createPreviousMessageListQuery({ limit: 2 });
  const pages = [];
  while (query.hasNext) pages.push((await query.load()).map((one) => one.message));
  assert.deepEqual(pages.filter((page) => page.length > 0), [['4', '5'], ['2', '3'], ['1']]);
});

check('the changelog of messages tells edits and deletions', async () => {
  const fresh = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'changes' });
  const kept = await alice.say(fresh, 'kept');
  const gone = await alice.say(fresh, 'gone');
  const since = Date.now() - 1;
  await fresh.updateUserMessage(kept.messageId, { message: 'changed' });
  await fresh.deleteMessage(gone);
  const log = await fresh.getMessageChangeLogsSinceTimestamp(since, { replyType: ReplyType.ALL });
  assert.deepEqual(log.updatedMessages.map((one) => one.message), ['changed']);
  assert.deepEqual(log.deletedMessageIds.map(Number), [gone.messageId]);
  assert.equal(log.hasMore, false);
  const next = await fresh.getMessageChangeLogsSinceToken(log.token, {});
  assert.deepEqual(next.deletedMessageIds, []);
});

check('an admin message of the Platform API is heard', async () => {
  const { message_id: id } = await platform(app, 'POST', `/group_channels/${channel.url}/messages`, {
    message_type: 'ADMM', message: 'the house speaks',
  });
  const [, heard] = await bob.until('onMessageReceived', (_, one) => one.messageId === id);
  assert.ok(heard.isAdminMessage());
  assert.equal(heard.message, 'the house speaks');
});

check('a text of the Platform API is heard, its edit and its deletion too', async () => {
  const path = `/group_channels/${channel.url}/messages`;
  const { message_id: id } = await platform(app, 'POST', path, { message_type: 'MESG', user_id: 'alice', message: 'by backend' });
  await bob.until('onMessageReceived', (_, one) => one.messageId === id);
  await platform(app, 'PUT', `${path}/${id}`, { message_type: 'MESG', message: 'by backend, again' });
  await bob.until('onMessageUpdated', (_, one) => one.messageId === id && one.message === 'by backend, again');
  await platform(app, 'DELETE', `${path}/${id}`);
  await bob.until('onMessageDeleted', (_, one) => one === id);
});

check('a message to a channel that is gone fails and can be told apart', async () => {
  const doomed = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  const his = await bob.channel(doomed.url);
  await platform(app, 'DELETE', `/group_channels/${doomed.url}`);
  const error = await refused(sent(his.sendUserMessage({ message: 'into the void' })), 900500, 400201);
  assert.equal(error.failed.sendingStatus, 'failed');
});

check('a translation is asked for', async () => {
  const message = await alice.say(channel, 'good morning');
  const translated = await channel.translateUserMessage(message, ['de']);
  assert.ok('de' in translated.translations, JSON.stringify(translated.translations));
});

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
