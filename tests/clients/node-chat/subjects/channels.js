// Group channels: their members come and go, and everybody concerned hears of it.

import {
  HiddenChannelFilter, MyMemberStateFilter, PublicChannelFilter, QueryType, GroupChannelListOrder,
} from '@sendbird/chat/groupChannel';

import { application, assert, check, connected, platform, refused, soon } from '../kit.js';

const app = application('channels');
let alice;
let bob;
let carol;
const of = (channel) => (one) => one.url === channel.url;

check('three users connect', async () => {
  alice = await connected(app, 'alice');
  bob = await connected(app, 'bob');
  carol = await connected(app, 'carol');
});

check('a channel is made with what was asked', async () => {
  const channel = await alice.groups.createChannel({
    invitedUserIds: ['bob'], name: 'Plans', data: 'some data', customType: 'plan', operatorUserIds: ['alice'],
    coverUrl: 'http://127.0.0.1/cover.png',
  });
  assert.equal(channel.name, 'Plans');
  assert.equal(channel.data, 'some data');
  assert.equal(channel.customType, 'plan');
  assert.equal(channel.coverUrl, 'http://127.0.0.1/cover.png');
  assert.equal(channel.myRole, 'operator');
  assert.equal(channel.myMemberState, 'joined');
  assert.equal(channel.memberCount, 2);
  assert.equal(channel.creator.userId, 'alice');
  assert.ok(Math.abs(channel.createdAt - Date.now()) < 10_000, `created at ${channel.createdAt}`);
});

check('a channel that carries a chosen URL', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'], channelUrl: 'chosen-url' });
  assert.equal(channel.url, 'chosen-url');
  await refused(alice.groups.createChannel({ invitedUserIds: ['bob'], channelUrl: 'chosen-url' }), 400202);
});

check('an invited user hears of the new channel', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'New' });
  await Promise.any([
    bob.until('onUserJoined', of(channel)), bob.until('onUserReceivedInvitation', of(channel)),
  ]);
});

check('a distinct channel is made once', async () => {
  const one = await alice.groups.createChannel({ invitedUserIds: ['bob', 'carol'], isDistinct: true });
  const same = await carol.groups.createChannel({ invitedUserIds: ['bob', 'alice'], isDistinct: true });
  assert.equal(same.url, one.url);
  assert.equal(one.isDistinct, true);
});

check('a strict channel is not made with who does not exist', async () => {
  await refused(alice.groups.createChannel({ invitedUserIds: ['not-there'], isStrict: true }), 400111);
});

check('a changed channel is told to its members', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'], operatorUserIds: ['alice'] });
  await bob.channel(channel.url);
  const changed = await channel.updateChannel({ name: 'Better', data: 'more', customType: 'kind' });
  assert.equal(changed.name, 'Better');
  const [seen] = await bob.until('onChannelChanged', (one) => of(channel)(one) && one.name === 'Better');
  assert.equal(seen.data, 'more');
  assert.equal(seen.customType, 'kind');
});

check('who was asked first accepts the invitation', async () => {
  await carol.chat.setChannelInvitationPreference(false);
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  const from = carol.mark;
  await channel.inviteWithUserIds(['carol']);
  const [, inviter, invitees] = await carol.until('onUserReceivedInvitation', of(channel), { from });
  assert.equal(inviter.userId, 'alice');
  assert.deepEqual(invitees.map((user) => user.userId), ['carol']);
  const hers = await carol.channel(channel.url);
  assert.equal(hers.myMemberState, 'invited');
  assert.equal(hers.inviter.userId, 'alice');
  await bob.until('onUserReceivedInvitation', of(channel));
  await hers.acceptInvitation();
  assert.equal((await carol.groups.getChannelWithoutCache(channel.url)).myMemberState, 'joined');
  const [seen, who] = await alice.until('onUserJoined', (one, user) => of(channel)(one) && user.userId === 'carol');
  assert.equal(seen.joinedMemberCount, 3);
  assert.equal(who.userId, 'carol');
});

check('who was asked declines the invitation', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  await channel.inviteWithUserIds(['carol']);
  const [hers] = await carol.until('onUserReceivedInvitation', of(channel));
  await hers.declineInvitation();
  const [, inviter, invitee] = await alice.until('onUserDeclinedInvitation', of(channel));
  assert.equal(inviter.userId, 'alice');
  assert.equal(invitee.userId, 'carol');
  await soon(async () => (await alice.groups.getChannelWithoutCache(channel.url)).memberCount === 2);
  await carol.chat.setChannelInvitationPreference(true);
});

check('who is invited by default joins at once', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  await channel.inviteWithUserIds(['carol']);
  await soon(async () => (await carol.groups.getChannelWithoutCache(channel.url)).myMemberState === 'joined');
  assert.equal((await alice.groups.getChannelWithoutCache(channel.url)).joinedMemberCount, 3);
});

check('anybody joins a public channel', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'], isPublic: true, name: 'Open house' });
  const hers = await carol.channel(channel.url);
  assert.equal(hers.myMemberState, 'none');
  await hers.join();
  const [seen] = await alice.until('onUserJoined', (one, user) => of(channel)(one) && user.userId === 'carol');
  assert.equal(seen.memberCount, 3);
});

check('an access code guards a public channel', async () => {
  const channel = await alice.groups.createChannel({ isPublic: true, accessCode: 'sesame' });
  assert.equal(channel.isAccessCodeRequired, true);
  const hers = await carol.channel(channel.url);
  await assert.rejects(hers.join('wrong'));
  await hers.join('sesame');
  assert.equal((await carol.groups.getChannelWithoutCache(channel.url)).myMemberState, 'joined');
});

check('nobody joins a private channel', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  await assert.rejects(carol.channel(channel.url).then((hers) => hers.join()));
});

check('who leaves is told of, and hears it too', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob', 'carol'] });
  const his = await bob.channel(channel.url);
  await his.leave();
  const [seen, user] = await alice.until('onUserLeft', of(channel));
  assert.equal(user.userId, 'bob');
  assert.equal(seen.memberCount, 2);
  await bob.until('onUserLeft', of(channel));
});

check('a super group tells how many its members are', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'], isSuper: true });
  // Alice learns it by the answer to her invitation, perhaps before she hears of it.
  await bob.channel(channel.url);
  await channel.inviteWithUserIds(['carol']);
  const [channels] = await bob.until('onChannelMemberCountChanged', (all) => all.some((one) => of(channel)(one) && one.memberCount === 3));
  assert.equal(channels[0].joinedMemberCount, 3);
});

check('who left hears no messages', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob', 'carol'] });
  await (await bob.channel(channel.url)).leave();
  const message = await alice.say(channel, 'without bob');
  await carol.until('onMessageReceived', (_, one) => one.messageId === message.messageId);
  assert.equal(bob.count('onMessageReceived', (_, one) => one.messageId === message.messageId), 0);
  await refused(bob.groups.getChannelWithoutCache(channel.url).then((his) => bob.say(his, 'still here?')), 900020);
});

check('a deleted channel is gone for everybody', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'], operatorUserIds: ['alice'] });
  await bob.channel(channel.url);
  await channel.delete();
  const [url, type] = await bob.until('onChannelDeleted', (one) => one === channel.url);
  assert.equal(url, channel.url);
  assert.equal(type, 'group');
  await refused(bob.groups.getChannelWithoutCache(channel.url), 400201, 900500);
});

check('a hidden channel comes back with the next message', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  const his = await bob.channel(channel.url);
  await his.hide({ hidePreviousMessages: false, allowAutoUnhide: true });
  await bob.until('onChannelHidden', of(channel));
  const hidden = await bob.groups.getChannelWithoutCache(channel.url);
  assert.equal(hidden.hiddenState, 'hidden_allow_auto_unhide');
  await alice.say(channel, 'show yourself');
  await soon(async () => (await bob.groups.getChannelWithoutCache(channel.url)).hiddenState === 'unhidden');
});

check('a channel hidden for good stays hidden until it is shown', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  const his = await bob.channel(channel.url);
  await his.hide({ hidePreviousMessages: true, allowAutoUnhide: false });
  await alice.say(channel, 'nobody looks');
  assert.equal((await bob.groups.getChannelWithoutCache(channel.url)).hiddenState, 'hidden_prevent_auto_unhide');
  const query = bob.groups.createMyGroupChannelListQuery({
    hiddenChannelFilter: HiddenChannelFilter.HIDDEN, includeEmpty: true, limit: 100,
  });
  assert.ok((await query.next()).some(of(channel)));
  await (await bob.groups.getChannelWithoutCache(channel.url)).unhide();
  assert.equal((await bob.groups.getChannelWithoutCache(channel.url)).hiddenState, 'unhidden');
});

check('hiding the messages before moves the offset', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  const message = await alice.say(channel, 'old');
  const his = await bob.groups.getChannelWithoutCache(channel.url);
  await his.resetMyHistory();
  const fresh = await bob.groups.getChannelWithoutCache(channel.url);
  assert.ok(fresh.messageOffsetTimestamp >= message.createdAt);
  const list = await fresh.getMessagesByTimestamp(Date.now() + 1000, { prevResultSize: 10, nextResultSize: 0 });
  assert.deepEqual(list.map((one) => one.message), []);
  const hers = await alice.groups.getChannelWithoutCache(channel.url);
  const all = await hers.getMessagesByTimestamp(Date.now() + 1000, { prevResultSize: 10, nextResultSize: 0 });
  assert.deepEqual(all.map((one) => one.message), ['old']);
});

check('channel metadata is made, changed and deleted, and each is heard', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'], operatorUserIds: ['alice'] });
  await bob.channel(channel.url);
  assert.deepEqual({ ...(await channel.createMetaData({ a: '1', b: '2' })) }, { a: '1', b: '2' });
  const [, made] = await bob.until('onMetaDataCreated', of(channel));
  assert.deepEqual({ ...made }, { a: '1', b: '2' });
  await channel.updateMetaData({ a: '3' });
  const [, changed] = await bob.until('onMetaDataUpdated', of(channel));
  assert.deepEqual({ ...changed }, { a: '3' });
  await channel.deleteMetaData('b');
  const [, gone] = await bob.until('onMetaDataDeleted', of(channel));
  assert.deepEqual(gone, ['b']);
  const his = await bob.channel(channel.url);
  assert.deepEqual({ ...(await his.getAllMetaData()) }, { a: '3' });
  assert.deepEqual({ ...(await his.getMetaData(['a'])) }, { a: '3' });
  await channel.deleteAllMetaData();
  assert.deepEqual({ ...(await his.getAllMetaData()) }, {});
});

check('channel counters count, and each change is heard', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'], operatorUserIds: ['alice'] });
  await bob.channel(channel.url);
  await channel.createMetaCounters({ likes: 5, views: 1 });
  const [, made] = await bob.until('onMetaCounterCreated', of(channel));
  assert.deepEqual({ ...made }, { likes: 5, views: 1 });
  assert.deepEqual({ ...(await channel.increaseMetaCounters({ likes: 2 })) }, { likes: 7 });
  assert.deepEqual({ ...(await channel.decreaseMetaCounters({ likes: 4 })) }, { likes: 3 });
  await bob.until('onMetaCounterUpdated', (one, counters) => of(channel)(one) && counters.likes === 3);
  await channel.updateMetaCounters({ likes: 10 });
  assert.deepEqual({ ...(await channel.getMetaCounters(['likes'])) }, { likes: 10 });
  await channel.deleteMetaCounter('views');
  const [, gone] = await bob.until('onMetaCounterDeleted', of(channel));
  assert.deepEqual(gone, ['views']);
  assert.deepEqual({ ...(await channel.getAllMetaCounters()) }, { likes: 10 });
  await channel.deleteAllMetaCounters();
  assert.deepEqual({ ...(await channel.getAllMetaCounters()) }, {});
});

check('my channels are listed by page, newest message first', async () => {
  const fresh = await connected(app, 'lister');
  const urls = [];
  for (const name of ['one', 'two', 'three']) {
    const channel = await fresh.groups.createChannel({ invitedUserIds: ['alice'], name });
    await fresh.say(channel, name);
    urls.unshift(channel.url);
  }
  const query = fresh.groups.createMyGroupChannelListQuery({ limit: 2 });
  const found = [];
  while (query.hasNext) found.push(...(await query.next()));
  assert.deepEqual(found.map((channel) => channel.url), urls);
  assert.equal(found[0].lastMessage.message, 'three');
});

check('my channels are listed by name, state, member and search', async () => {
  const fresh = await connected(app, 'searcher');
  for (const name of ['Zebra', 'apple', 'Mango']) {
    await fresh.groups.createChannel({ invitedUserIds: ['bob'], name, customType: name[0] });
  }
  const find = async (params) => (await fresh.groups
    .createMyGroupChannelListQuery({ includeEmpty: true, ...params }).next()).map((channel) => channel.name);
  assert.equal((await find({ order: GroupChannelListOrder.CHANNEL_NAME_ALPHABETICAL })).length, 3);
  assert.deepEqual(await find({ channelNameContainsFilter: 'ang' }), ['Mango']);
  assert.deepEqual(await find({ customTypesFilter: ['Z'] }), ['Zebra']);
  assert.deepEqual(await find({ myMemberStateFilter: MyMemberStateFilter.INVITED }), []);
  assert.deepEqual(await find({ publicChannelFilter: PublicChannelFilter.PUBLIC }), []);
  const both = { userIds: ['bob', 'searcher'], includeMode: true, queryType: QueryType.AND };
  assert.equal((await find({ userIdsFilter: both })).length, 3);
  const none = { userIds: ['carol'], includeMode: true, queryType: QueryType.OR };
  assert.deepEqual(await find({ userIdsFilter: none }), []);
});

check('channels without messages are left out where asked', async () => {
  const fresh = await connected(app, 'emptier');
  await fresh.groups.createChannel({ invitedUserIds: ['bob'] });
  assert.deepEqual(await fresh.groups.createMyGroupChannelListQuery({ includeEmpty: false }).next(), []);
  assert.equal((await fresh.groups.createMyGroupChannelListQuery({ includeEmpty: true }).next()).length, 1);
});

check('public channels are listed for everybody', async () => {
  const channel = await alice.groups.createChannel({ isPublic: true, name: 'Town square' });
  const found = await carol.groups.createPublicGroupChannelListQuery({ includeEmpty: true, limit: 100 }).next();
  assert.ok(found.some(of(channel)));
});

check('members are listed, with their roles', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob', 'carol'], operatorUserIds: ['alice'] });
  const query = channel.createMemberListQuery({ limit: 2 });
  const found = [];
  while (query.hasNext) found.push(...(await query.next()));
  assert.deepEqual(found.map((member) => member.userId).sort(), ['alice', 'bob', 'carol']);
  assert.equal(found.find((member) => member.userId === 'alice').role, 'operator');
  assert.notEqual(found.find((member) => member.userId === 'bob').role, 'operator');
});

check('channels are counted', async () => {
  const fresh = await connected(app, 'counter');
  await fresh.groups.createChannel({ invitedUserIds: ['bob'] });
  assert.equal(await fresh.groups.getGroupChannelCount({ myMemberStateFilter: MyMemberStateFilter.ALL }), 1);
});

check('what changed since then is told by the changelog', async () => {
  const fresh = await connected(app, 'changes');
  const since = Date.now() - 1000;
  const kept = await fresh.groups.createChannel({ invitedUserIds: ['bob'], name: 'kept' });
  const left = await fresh.groups.createChannel({ invitedUserIds: ['bob'], name: 'left' });
  await left.leave();
  const log = await fresh.groups.getMyGroupChannelChangeLogsByTimestamp(since, { includeEmpty: true });
  assert.ok(log.updatedChannels.some(of(kept)));
  assert.ok(log.deletedChannelUrls.includes(left.url));
  assert.ok(!log.hasMore);
  const next = await fresh.groups.getMyGroupChannelChangeLogsByToken(log.token, { includeEmpty: true });
  assert.ok(!next.deletedChannelUrls.includes(left.url) || next.token);
});

check('a preference of one channel is kept', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  await channel.setMyPushTriggerOption('off');
  assert.equal(await channel.getMyPushTriggerOption(), 'off');
  await channel.setMyCountPreference('off');
  assert.equal((await alice.groups.getChannelWithoutCache(channel.url)).myCountPreference, 'off');
});

check('what the Platform API does is heard as well', async () => {
  await platform(app, 'POST', '/group_channels', { channel_url: 'by-backend', user_ids: ['alice', 'bob'] });
  await alice.channel('by-backend');
  await platform(app, 'PUT', '/group_channels/by-backend', { name: 'Renamed' });
  await alice.until('onChannelChanged', (one) => one.url === 'by-backend' && one.name === 'Renamed');
  await platform(app, 'PUT', '/group_channels/by-backend/leave', { user_ids: ['bob'] });
  await alice.until('onUserLeft', (one, user) => one.url === 'by-backend' && user.userId === 'bob');
});

check('supergroup and broadcast channels are made as such', async () => {
  const large = await alice.groups.createChannel({ isSuper: true, invitedUserIds: ['bob'] });
  assert.equal(large.isSuper, true);
  const cast = await alice.groups.createChannel({ isBroadcast: true, invitedUserIds: ['bob'], operatorUserIds: ['alice'] });
  assert.equal(cast.isBroadcast, true);
  const message = await alice.say(cast, 'hear me');
  await bob.until('onMessageReceived', (_, one) => one.messageId === message.messageId);
  await refused(bob.say(cast, 'me too'), 900060, 900041, 400108, 900104);
});
