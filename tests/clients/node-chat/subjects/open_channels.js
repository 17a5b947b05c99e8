// Open channels: anybody comes in, speaks and goes.

import { application, assert, check, connected, platform, refused, sent, soon } from '../kit.js';

const app = application('open');
let alice;
let bob;
let channel;
let his;
const here = (one) => one.url === channel.url;

check('two users connect', async () => {
  [alice, bob] = [await connected(app, 'alice'), await connected(app, 'bob')];
});

check('an open channel is made with what was asked', async () => {
  channel = await alice.opens.createChannel({ name: 'Plaza', data: 'd', customType: 'c', operatorUserIds: ['alice'] });
  assert.equal(channel.name, 'Plaza');
  assert.equal(channel.data, 'd');
  assert.equal(channel.customType, 'c');
  assert.deepEqual(channel.operators.map((user) => user.userId), ['alice']);
  assert.equal(channel.isOperator('alice'), true);
});

check('open channels are listed by name and by URL', async () => {
  const byName = await bob.opens.createOpenChannelListQuery({ nameKeyword: 'Plaz', limit: 10 }).next();
  assert.deepEqual(byName.map((one) => one.url), [channel.url]);
  const byUrl = await bob.opens.createOpenChannelListQuery({ urlKeyword: channel.url }).next();
  assert.deepEqual(byUrl.map((one) => one.url), [channel.url]);
});

check('who enters is counted and told of', async () => {
  await channel.enter();
  his = await bob.opens.getChannel(channel.url);
  await his.enter();
  const [seen, user] = await alice.until('open.onUserEntered', (one, who) => here(one) && who.userId === 'bob');
  assert.equal(user.userId, 'bob');
  assert.equal(seen.participantCount, 2);
  assert.equal((await alice.opens.getChannelWithoutCache(channel.url)).participantCount, 2);
});

check('participants are listed', async () => {
  const found = await channel.createParticipantListQuery({ limit: 10 }).next();
  assert.deepEqual(found.map((user) => user.userId).sort(), ['alice', 'bob']);
});

check('a text is heard by who is there', async () => {
  const message = await sent(channel.sendUserMessage({ message: 'hear ye' }));
  const [where, heard] = await bob.until('open.onMessageReceived', (_, one) => one.messageId === message.messageId);
  assert.equal(where.url, channel.url);
  assert.equal(heard.message, 'hear ye');
  assert.equal(heard.sender.userId, 'alice');
});

check('who is not there hears nothing', async () => {
  const carol = await connected(app, 'carol');
  const message = await sent(channel.sendUserMessage({ message: 'for those here' }));
  await bob.until('open.onMessageReceived', (_, one) => one.messageId === message.messageId);
  assert.equal(carol.count('open.onMessageReceived'), 0);
  await carol.chat.disconnect();
});

check('a file is heard', async () => {
  const message = await sent(channel.sendFileMessage({ fileUrl: 'http://127.0.0.1/o.png', fileName: 'o.png', fileSize: 1, mimeType: 'image/png' }));
  const [, heard] = await bob.until('open.onMessageReceived', (_, one) => one.messageId === message.messageId);
  assert.equal(heard.name, 'o.png');
});

check('an edit and a deletion are heard', async () => {
  const message = await sent(channel.sendUserMessage({ message: 'first' }));
  await channel.updateUserMessage(message.messageId, { message: 'second' });
  await bob.until('open.onMessageUpdated', (_, one) => one.messageId === message.messageId && one.message === 'second');
  await channel.deleteMessage(message);
  await bob.until('open.onMessageDeleted', (_, id) => id === message.messageId);
});

check('messages are listed', async () => {
  const found = await his.getMessagesByTimestamp(Number.MAX_SAFE_INTEGER, { prevResultSize: 10, nextResultSize: 0 });
  assert.ok(found.some((one) => one.message === 'hear ye'));
});

check('a changed channel is told', async () => {
  await channel.updateChannel({ name: 'Piazza', operatorUserIds: ['alice'] });
  await bob.until('open.onChannelChanged', (one) => here(one) && one.name === 'Piazza');
});

check('a muted participant may not speak', async () => {
  await channel.muteUserWithUserId('bob');
  await bob.until('open.onUserMuted', (one, user) => here(one) && user.userId === 'bob');
  await refused(sent(his.sendUserMessage({ message: 'mmh' })), 900041);
  await channel.unmuteUserWithUserId('bob');
  await bob.until('open.onUserUnmuted', here);
  await sent(his.sendUserMessage({ message: 'free' }));
});

check('in a frozen channel only operators speak', async () => {
  await channel.freeze();
  await bob.until('open.onChannelFrozen', here);
  await refused(sent(his.sendUserMessage({ message: 'cold' })), 900050);
  await sent(channel.sendUserMessage({ message: 'I may' }));
  await channel.unfreeze();
  await bob.until('open.onChannelUnfrozen', here);
});

check('operators change', async () => {
  const from = bob.mark;
  await channel.addOperators(['bob']);
  const [, operators] = await bob.until('open.onOperatorUpdated', here, { from });
  assert.deepEqual(operators.map((user) => user.userId).sort(), ['alice', 'bob']);
  await channel.removeOperators(['bob']);
});

check('metadata and counters are heard', async () => {
  await channel.createMetaData({ topic: 'sun' });
  await bob.until('open.onMetaDataCreated', (one, data) => here(one) && data.topic === 'sun');
  await channel.createMetaCounters({ waves: 1 });
  await bob.until('open.onMetaCounterCreated', (one, data) => here(one) && data.waves === 1);
  await channel.increaseMetaCounters({ waves: 1 });
  await bob.until('open.onMetaCounterUpdated', (one, data) => here(one) && data.waves === 2);
});

check('who exits is told of, and hears no more', async () => {
  await his.exit();
  const [seen, user] = await alice.until('open.onUserExited', here);
  assert.equal(user.userId, 'bob');
  assert.equal(seen.participantCount, 1);
  const from = bob.mark;
  await sent(channel.sendUserMessage({ message: 'gone already' }));
  await soon(async () => (await alice.opens.getChannelWithoutCache(channel.url)).participantCount === 1);
  assert.equal(bob.count('open.onMessageReceived', () => true, from), 0);
});

check('who disconnects is no longer there', async () => {
  const guest = await connected(app, 'guest');
  await (await guest.opens.getChannel(channel.url)).enter();
  await soon(async () => (await alice.opens.getChannelWithoutCache(channel.url)).participantCount === 2);
  await guest.chat.disconnect();
  await soon(async () => (await alice.opens.getChannelWithoutCache(channel.url)).participantCount === 1);
});

check('who is banned is put out and cannot come back', async () => {
  await his.enter();
  const from = bob.mark;
  await channel.banUserWithUserId('bob', 600, 'no');
  await bob.until('open.onUserBanned', (one, user) => here(one) && user.userId === 'bob', { from });
  await refused(bob.opens.getChannelWithoutCache(channel.url).then((one) => one.enter()), 900100, 400750, 900190);
  const banned = await channel.createBannedUserListQuery().next();
  assert.deepEqual(banned.map((user) => user.userId), ['bob']);
  await channel.unbanUserWithUserId('bob');
  await (await bob.opens.getChannelWithoutCache(channel.url)).enter();
});

check('an announcement of the Platform API is heard', async () => {
  const { message_id: id } = await platform(app, 'POST', `/open_channels/${channel.url}/messages`, { message_type: 'ADMM', message: 'closing soon' });
  await alice.until('open.onMessageReceived', (_, one) => one.messageId === id && one.isAdminMessage());
});

check('a deleted channel is told to who is there', async () => {
  await channel.delete();
  await bob.until('open.onChannelDeleted', (url) => url === channel.url);
  await assert.rejects(bob.opens.getChannelWithoutCache(channel.url));
});
