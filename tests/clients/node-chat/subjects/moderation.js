// Operators, bans, mutes, freezing and reports.

import { application, assert, check, connected, platform, refused, sent, soon } from '../kit.js';

const app = application('moderation');
let alice;
let bob;
let carol;
let channel;
const here = (one) => one.url === channel.url;

check('an operator and two members meet', async () => {
  alice = await connected(app, 'alice');
  bob = await connected(app, 'bob');
  carol = await connected(app, 'carol');
  channel = await alice.groups.createChannel({ invitedUserIds: ['bob', 'carol'], operatorUserIds: ['alice'] });
  await bob.channel(channel.url);
  await carol.channel(channel.url);
});

check('an operator is added, and everybody hears', async () => {
  await channel.addOperators(['carol']);
  const [, operators] = await bob.until('onOperatorUpdated', here);
  assert.deepEqual(operators.map((user) => user.userId).sort(), ['alice', 'carol']);
  const hers = await carol.groups.getChannelWithoutCache(channel.url);
  assert.equal(hers.myRole, 'operator');
});

check('operators are listed', async () => {
  const operators = await channel.createOperatorListQuery({ limit: 10 }).next();
  assert.deepEqual(operators.map((user) => user.userId).sort(), ['alice', 'carol']);
});

check('an operator is removed', async () => {
  const from = bob.mark;
  await channel.removeOperators(['carol']);
  const [, operators] = await bob.until('onOperatorUpdated', here, { from });
  assert.deepEqual(operators.map((user) => user.userId), ['alice']);
});

check('who is no operator may not make operators', async () => {
  await assert.rejects((await bob.channel(channel.url)).addOperators(['bob']));
  const operators = await channel.createOperatorListQuery().next();
  assert.deepEqual(operators.map((user) => user.userId), ['alice']);
});

check('a muted member is told of, and may not speak', async () => {
  await channel.muteUserWithUserId('bob', 600, 'too loud');
  const [, user] = await carol.until('onUserMuted', here);
  assert.equal(user.userId, 'bob');
  assert.equal(user.restrictionInfo.description, 'too loud');
  assert.equal(user.restrictionInfo.restrictionType, 'muted');
  await bob.until('onUserMuted', here);
  const error = await refused(bob.say(channel, 'mmh'), 900041);
  assert.equal(error.failed.sendingStatus, 'failed');
});

check('the muted member learns for how long', async () => {
  const info = await (await bob.channel(channel.url)).getMyMutedInfo();
  assert.equal(info.isMuted, true);
  assert.equal(info.description, 'too loud');
  assert.ok(info.remainingDuration > 500_000 && info.remainingDuration <= 600_000, String(info.remainingDuration));
});

check('muted members are listed', async () => {
  const muted = await channel.createMutedUserListQuery().next();
  assert.deepEqual(muted.map((user) => user.userId), ['bob']);
});

check('an unmuted member speaks again', async () => {
  await channel.unmuteUserWithUserId('bob');
  const [, user] = await bob.until('onUserUnmuted', here);
  assert.equal(user.userId, 'bob');
  await bob.say(channel, 'thanks');
});

check('a member may not mute', async () => {
  await assert.rejects((await bob.channel(channel.url)).muteUserWithUserId('carol'));
});

check('in a frozen channel only operators speak', async () => {
  await channel.freeze();
  const [seen] = await bob.until('onChannelFrozen', here);
  assert.equal(seen.isFrozen, true);
  await refused(bob.say(channel, 'cold'), 900050);
  const message = await alice.say(channel, 'I may');
  await bob.until('onMessageReceived', (_, one) => one.messageId === message.messageId);
});

check('a channel thaws', async () => {
  await channel.unfreeze();
  const [seen] = await bob.until('onChannelUnfrozen', here);
  assert.equal(seen.isFrozen, false);
  await bob.say(channel, 'warm');
});

check('a banned member is out, and everybody hears', async () => {
  await channel.banUserWithUserId('bob', 600, 'enough');
  const [seen, user] = await carol.until('onUserBanned', here);
  assert.equal(user.userId, 'bob');
  assert.equal(user.restrictionInfo.description, 'enough');
  assert.equal(user.restrictionInfo.restrictionType, 'banned');
  assert.equal(seen.memberCount, 2);
  await bob.until('onUserBanned', here);
});

check('who is banned hears and says nothing', async () => {
  const message = await alice.say(channel, 'at last');
  await carol.until('onMessageReceived', (_, one) => one.messageId === message.messageId);
  assert.equal(bob.count('onMessageReceived', (_, one) => one.messageId === message.messageId), 0);
  await refused(sent(channelOf(bob).sendUserMessage({ message: 'let me in' })), 900100, 900020);
});

check('banned users are listed with the reason', async () => {
  const banned = await channel.createBannedUserListQuery().next();
  assert.deepEqual(banned.map((user) => user.userId), ['bob']);
  assert.equal(banned[0].restrictionInfo.description, 'enough');
  assert.ok(banned[0].restrictionInfo.endAt > Date.now());
});

check('a ban is lifted, and the user can be invited again', async () => {
  await channel.unbanUserWithUserId('bob');
  const [, user] = await carol.until('onUserUnbanned', here);
  assert.equal(user.userId, 'bob');
  await channel.inviteWithUserIds(['bob']);
  await soon(async () => (await bob.groups.getChannelWithoutCache(channel.url)).myMemberState === 'joined');
});

check('a user may not speak of whom one blocks: they do not hear each other', async () => {
  await carol.chat.blockUserWithUserId('bob');
  const unheard = await bob.say(channel, 'carol?');
  const heard = await alice.say(channel, 'anybody');
  await carol.until('onMessageReceived', (_, one) => one.messageId === heard.messageId);
  assert.equal(carol.count('onMessageReceived', (_, one) => one.messageId === unheard.messageId), 0);
  await alice.until('onMessageReceived', (_, one) => one.messageId === unheard.messageId);
  await carol.chat.unblockUserWithUserId('bob');
});

check('messages, users and channels are reported', async () => {
  const bad = await bob.say(channel, 'spam spam');
  await channel.reportMessage(bad, 'spam', 'much spam');
  await channel.reportUser(bad.sender, 'harassing', 'rude');
  await channel.report('inappropriate', 'all of it');
  const { report_logs: logs } = await platform(app, 'GET', '/report?limit=10');
  assert.equal(logs.length, 3);
});

check('an operator deletes what somebody else wrote, a member may not', async () => {
  const hers = await carol.say(channel, 'carol wrote');
  await assert.rejects((await bob.channel(channel.url)).deleteMessage(hers));
  await channel.deleteMessage(hers);
  await bob.until('onMessageDeleted', (_, id) => id === hers.messageId);
});

check('what the Platform API moderates is heard as well', async () => {
  const from = bob.mark;
  await platform(app, 'POST', `/group_channels/${channel.url}/mute`, { user_id: 'carol', seconds: 60 });
  await bob.until('onUserMuted', (one, user) => here(one) && user.userId === 'carol', { from });
  await platform(app, 'DELETE', `/group_channels/${channel.url}/mute/carol`);
  await bob.until('onUserUnmuted', (one, user) => here(one) && user.userId === 'carol', { from });
  await platform(app, 'PUT', `/group_channels/${channel.url}/freeze`, { freeze: true });
  await bob.until('onChannelFrozen', here, { from });
  await platform(app, 'PUT', `/group_channels/${channel.url}/freeze`, { freeze: false });
});

/** The channel as that client knew it before it was shut out. */
function channelOf(client) {
  return client.find('onMessageReceived', here)?.args[0] ?? client.find('onUserUnmuted', here).args[0];
}
