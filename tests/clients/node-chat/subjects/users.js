// The user's own profile, preferences, friends and blocks.

import { PushTemplate, PushTokenRegistrationState, PushTriggerOption } from '@sendbird/chat';

import { application, assert, check, connected, platform, refused, soon } from '../kit.js';

const app = application('users');
let alice;
let bob;

check('two users connect', async () => {
  for (const user_id of ['alice', 'bob', 'carol']) {
    await platform(app, 'POST', '/users', { user_id, nickname: user_id.toUpperCase(), profile_url: '' });
  }
  [alice, bob] = [await connected(app, 'alice'), await connected(app, 'bob')];
});

check('a user changes the nickname and the picture', async () => {
  const user = await alice.chat.updateCurrentUserInfo({ nickname: 'Alice', profileUrl: 'http://127.0.0.1/a.png' });
  assert.equal(user.nickname, 'Alice');
  const stored = await platform(app, 'GET', '/users/alice');
  assert.equal(stored.nickname, 'Alice');
  assert.equal(stored.profile_url, 'http://127.0.0.1/a.png');
});

check('a user prefers languages', async () => {
  await alice.chat.updateCurrentUserInfoWithPreferredLanguages(['de', 'fr']);
  assert.deepEqual((await platform(app, 'GET', '/users/alice')).preferred_languages, ['de', 'fr']);
});

check('user metadata is made, changed and deleted', async () => {
  const me = alice.chat.currentUser;
  await me.createMetaData({ mood: 'good', hat: 'red' });
  await me.updateMetaData({ mood: 'better', shoe: 'left' }, true);
  await me.deleteMetaData('hat');
  assert.deepEqual({ ...me.metaData }, { mood: 'better', shoe: 'left' });
  const metadata = await platform(app, 'GET', '/users/alice/metadata');
  assert.deepEqual(metadata, { mood: 'better', shoe: 'left' });
  await me.deleteAllMetaData();
  assert.deepEqual(await platform(app, 'GET', '/users/alice/metadata'), {});
});

check('the users of the application are listed by page', async () => {
  const query = alice.chat.createApplicationUserListQuery({ limit: 2 });
  const found = [];
  while (query.hasNext) found.push(...(await query.next()));
  assert.deepEqual(found.map((user) => user.userId).sort(), ['alice', 'bob', 'carol']);
});

check('users are found by id and by the start of a nickname', async () => {
  const byId = await alice.chat.createApplicationUserListQuery({ userIdsFilter: ['bob'] }).next();
  assert.deepEqual(byId.map((user) => user.userId), ['bob']);
  const byName = await alice.chat.createApplicationUserListQuery({ nicknameStartsWithFilter: 'CAR' }).next();
  assert.deepEqual(byName.map((user) => user.userId), ['carol']);
});

check('a blocked user is listed, and no longer once unblocked', async () => {
  await alice.chat.blockUserWithUserId('carol');
  const blocked = await alice.chat.createBlockedUserListQuery().next();
  assert.deepEqual(blocked.map((user) => user.userId), ['carol']);
  await alice.chat.unblockUserWithUserId('carol');
  assert.deepEqual(await alice.chat.createBlockedUserListQuery().next(), []);
});

check('blocking shows on the members of a common channel', async () => {
  const channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  await alice.chat.blockUserWithUserId('bob');
  await channel.refresh();
  assert.equal(channel.members.find((member) => member.userId === 'bob').isBlockedByMe, true);
  const seen = await bob.groups.getChannelWithoutCache(channel.url);
  assert.equal(seen.members.find((member) => member.userId === 'alice').isBlockingMe, true);
  await alice.chat.unblockUserWithUserId('bob');
});

check('friends are added, listed and deleted', async () => {
  const added = await alice.chat.addFriends(['bob', 'carol']);
  assert.deepEqual(added.map((user) => user.userId).sort(), ['bob', 'carol']);
  await alice.chat.deleteFriend('carol');
  const friends = await alice.chat.createFriendListQuery().next();
  assert.deepEqual(friends.map((user) => user.userId), ['bob']);
});

check('friend discovery is allowed or not', async () => {
  await alice.chat.setAllowFriendDiscovery(false);
  assert.equal(await alice.chat.getAllowFriendDiscovery(), false);
  await alice.chat.setAllowFriendDiscovery(true);
  assert.equal(await alice.chat.getAllowFriendDiscovery(), true);
});

check('invitations are accepted by themselves or not', async () => {
  await alice.chat.setChannelInvitationPreference(false);
  assert.equal((await alice.chat.getChannelInvitationPreference()).autoAccept, false);
  await alice.chat.setChannelInvitationPreference(true);
  assert.equal((await alice.chat.getChannelInvitationPreference()).autoAccept, true);
});

check('do not disturb keeps its hours', async () => {
  await alice.chat.setDoNotDisturb(true, 22, 30, 7, 15, 'Europe/Berlin');
  const dnd = await alice.chat.getDoNotDisturb();
  assert.equal(dnd.doNotDisturbOn, true);
  assert.equal(dnd.startHour, 22);
  assert.equal(dnd.startMin, 30);
  assert.equal(dnd.endHour, 7);
  assert.equal(dnd.endMin, 15);
  assert.equal(dnd.timezone, 'Europe/Berlin');
});

check('snoozing is kept', async () => {
  const now = Date.now();
  await alice.chat.setSnoozePeriod(true, now, now + 60_000);
  assert.equal((await alice.chat.getSnoozePeriod()).isSnoozeOn, true);
});

check('what triggers a push is kept', async () => {
  await alice.chat.setPushTriggerOption(PushTriggerOption.MENTION_ONLY);
  assert.equal(await alice.chat.getPushTriggerOption(), PushTriggerOption.MENTION_ONLY);
});

check('the template of a push is kept', async () => {
  await alice.chat.setPushTemplate(PushTemplate.ALTERNATIVE);
  assert.equal(await alice.chat.getPushTemplate(), PushTemplate.ALTERNATIVE);
});

check('push tokens are registered and taken back', async () => {
  const state = await alice.chat.registerFCMPushTokenForCurrentUser('a-device');
  assert.equal(state, PushTokenRegistrationState.SUCCESS);
  assert.deepEqual((await platform(app, 'GET', '/users/alice/push/gcm')).tokens, ['a-device']);
  await alice.chat.unregisterFCMPushTokenForCurrentUser('a-device');
  assert.deepEqual((await platform(app, 'GET', '/users/alice/push/gcm')).tokens, []);
  await alice.chat.registerAPNSPushTokenForCurrentUser('another-device');
  await alice.chat.unregisterAPNSPushTokenAllForCurrentUser();
  assert.deepEqual((await platform(app, 'GET', '/users/alice/push/apns')).tokens, []);
});

check('emojis have categories and pictures', async () => {
  const all = await alice.chat.getAllEmoji();
  assert.ok(all.emojiCategories.length > 0);
  const category = await alice.chat.getEmojiCategory(all.emojiCategories[0].id);
  assert.ok(category.emojis.length > 0);
  const emoji = await alice.chat.getEmoji(category.emojis[0].key);
  assert.equal(emoji.key, category.emojis[0].key);
  assert.ok(emoji.url.startsWith('http'));
});

check('reports have categories', async () => {
  const categories = await alice.chat.getReportCategoryInfoList();
  assert.ok(categories.some((category) => category.name === 'spam'));
});

check('a user who does not exist cannot be befriended', async () => {
  await refused(alice.chat.addFriends(['nobody-at-all']), 400201);
});

check('a user seen by others has the new name at once', async () => {
  await bob.chat.updateCurrentUserInfo({ nickname: 'Bobby' });
  await soon(async () => {
    const [user] = await alice.chat.createApplicationUserListQuery({ userIdsFilter: ['bob'] }).next();
    return user.nickname === 'Bobby';
  });
});
