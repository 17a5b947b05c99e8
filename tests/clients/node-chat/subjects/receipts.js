// Reading, delivery, typing and the totals of unread messages.

import { application, assert, check, connected, platform, sleep, soon } from '../kit.js';

const app = application('receipts');
let alice;
let bob;
let channel;
let his;
const here = (one) => one.url === channel.url;
const heard = (message) => bob.until('onMessageReceived', (_, one) => one.messageId === message.messageId);

check('two users meet', async () => {
  [alice, bob] = [await connected(app, 'alice'), await connected(app, 'bob')];
  channel = await alice.groups.createChannel({ invitedUserIds: ['bob'] });
  his = await bob.channel(channel.url);
});

check('a message is unread by the other, then read', async () => {
  const message = await alice.say(channel, 'read this');
  await heard(message);
  assert.equal(channel.getUnreadMemberCount(message), 1);
  assert.deepEqual(channel.getUnreadMembers(message).map((user) => user.userId), ['bob']);
  const from = alice.mark;
  await his.markAsRead();
  await alice.until('onUnreadMemberStatusUpdated', here, { from });
  await alice.until('onUserMarkedRead', (one, ids) => here(one) && ids.includes('bob'), { from });
  assert.equal(channel.getUnreadMemberCount(message), 0);
  assert.deepEqual(channel.getReadMembers(message).map((user) => user.userId), ['bob']);
});

check('thirty readings are all acknowledged', async () => {
  for (let index = 0; index < 30; index += 1) {
    await alice.say(channel, `read ${index}`);
    await his.markAsRead();
  }
}, 30_000);

check('the reader is told when', async () => {
  const message = await alice.say(channel, 'when');
  await heard(message);
  await his.markAsRead();
  await soon(() => channel.getReadStatus(false)?.bob?.readAt >= message.createdAt);
});

check('a message is delivered once the other has heard it', async () => {
  const message = await alice.say(channel, 'delivered?');
  await heard(message);
  await soon(() => channel.getUndeliveredMemberCount(message) === 0);
  assert.ok(alice.count('onUndeliveredMemberStatusUpdated', here) > 0);
});

check('who is away has nothing delivered', async () => {
  const carol = await connected(app, 'carol');
  const pair = await alice.groups.createChannel({ invitedUserIds: ['carol'] });
  await carol.chat.disconnect();
  const message = await alice.say(pair, 'are you there');
  await sleep(50);
  assert.equal(pair.getUndeliveredMemberCount(message), 1);
  await carol.chat.connect('carol');
  await carol.groups.markAsDelivered(pair.url);
  await alice.until('onUndeliveredMemberStatusUpdated', (one) => one.url === pair.url);
  assert.equal(pair.getUndeliveredMemberCount(message), 0);
});

check('the channel counts what is unread', async () => {
  await his.markAsRead();
  for (const text of ['one', 'two', 'three']) await alice.say(channel, text);
  await soon(() => his.unreadMessageCount === 3);
  assert.equal((await bob.groups.getChannelWithoutCache(channel.url)).unreadMessageCount, 3);
  await his.markAsRead();
  await soon(() => his.unreadMessageCount === 0);
});

check('own messages are not unread', async () => {
  await channel.markAsRead();
  await alice.say(channel, 'my own');
  assert.equal((await alice.groups.getChannelWithoutCache(channel.url)).unreadMessageCount, 0);
});

check('mentions are counted apart', async () => {
  await his.markAsRead();
  await alice.say(channel, 'you there', { mentionType: 'users', mentionedUserIds: ['bob'] });
  await soon(async () => (await bob.groups.getChannelWithoutCache(channel.url)).unreadMentionCount === 1);
  await his.markAsRead();
});

check('the totals are asked for', async () => {
  await bob.groups.markAsReadAll();
  await soon(async () => (await bob.groups.getTotalUnreadMessageCount()) === 0);
  await alice.say(channel, 'first');
  await alice.say(channel, 'second');
  assert.equal(await bob.groups.getTotalUnreadMessageCount(), 2);
  assert.equal(await bob.groups.getTotalUnreadChannelCount(), 1);
  const items = await bob.groups.getUnreadItemCount();
  assert.equal(items.groupChannelUnreadMessageCount, 2);
});

check('the total is told as it changes', async () => {
  await his.markAsRead();
  await soon(async () => (await bob.groups.getTotalUnreadMessageCount()) === 0);
  const from = bob.mark;
  await alice.say(channel, 'plus one');
  await bob.until('onTotalUnreadMessageCountChanged', (count) => count.groupChannelCount === 1, { from });
  const read = bob.mark;
  await his.markAsRead();
  await bob.until('onTotalUnreadMessageCountChanged', (count) => count.groupChannelCount === 0, { from: read });
});

check('some channels are marked as read at once', async () => {
  await alice.say(channel, 'read me by URL');
  // The SDK lets only so many of these through in a second.
  await soon(async () => {
    await bob.groups.markAsReadWithChannelUrls([channel.url]);
    return (await bob.groups.getChannelWithoutCache(channel.url)).unreadMessageCount === 0;
  }, 8000);
});

check('a message is marked as unread again', async () => {
  const message = await alice.say(channel, 'back to this');
  await heard(message);
  await his.markAsRead();
  await his.markAsUnread(message);
  await soon(async () => (await bob.groups.getChannelWithoutCache(channel.url)).unreadMessageCount === 1);
  await bob.until('onUserMarkedUnread', here).catch(() => alice.until('onUserMarkedUnread', here));
});

check('a deleted message is no longer unread', async () => {
  await his.markAsRead();
  const message = await alice.say(channel, 'never mind');
  await soon(() => his.unreadMessageCount === 1);
  await channel.deleteMessage(message);
  await bob.until('onMessageDeleted', (_, id) => id === message.messageId);
  await soon(() => his.unreadMessageCount === 0);
  assert.equal((await bob.groups.getChannelWithoutCache(channel.url)).unreadMessageCount, 0);
});

check('typing is seen, and its end', async () => {
  const from = alice.mark;
  await his.startTyping();
  const [seen] = await alice.until('onTypingStatusUpdated', here, { from });
  assert.equal(seen.isTyping, true);
  assert.deepEqual(seen.getTypingUsers().map((user) => user.userId), ['bob']);
  const end = alice.mark;
  await his.endTyping();
  await alice.until('onTypingStatusUpdated', here, { from: end });
  assert.equal(channel.isTyping, false);
});

check('who types does not hear it', async () => {
  assert.equal(bob.count('onTypingStatusUpdated'), 0);
});

check('a message ends the typing', async () => {
  await his.startTyping();
  await alice.until('onTypingStatusUpdated', (one) => here(one) && one.isTyping, { from: alice.mark - 1 }).catch(() => {});
  const message = await bob.say(channel, 'typed it');
  await alice.until('onMessageReceived', (_, one) => one.messageId === message.messageId);
  await his.endTyping();
  await soon(() => channel.isTyping === false);
});

check('a second device learns what the first has read', async () => {
  const desk = await connected(app, 'bob');
  const there = await desk.channel(channel.url);
  await his.markAsRead();
  await alice.say(channel, 'on both');
  await soon(() => there.unreadMessageCount === 1);
  await his.markAsRead();
  await soon(() => there.unreadMessageCount === 0);
});

check('what the Platform API marks as read is heard', async () => {
  const message = await alice.say(channel, 'read by backend');
  await heard(message);
  const from = alice.mark;
  await platform(app, 'PUT', `/group_channels/${channel.url}/messages/mark_as_read`, { user_id: 'bob' });
  await alice.until('onUnreadMemberStatusUpdated', here, { from });
  assert.equal(channel.getUnreadMemberCount(message), 0);
});
