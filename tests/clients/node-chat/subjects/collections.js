// The collections that user interfaces are built on.

import {
  GroupChannelFilter, GroupChannelListOrder, MessageCollectionInitPolicy, MessageFilter,
} from '@sendbird/chat/groupChannel';
import { ReplyType } from '@sendbird/chat/message';

import { application, assert, check, connected, sleep, soon } from '../kit.js';

const app = application('collections');
let alice;
let bob;
let channel;

/** What a collection tells its handler. */
class Told {
  events = [];
  handler = new Proxy({}, {
    get: (_, name) => (typeof name === 'string' && name.startsWith('on')
      ? (...args) => void this.events.push({ name, source: args[0]?.source, args }) : undefined),
    has: () => true,
  });

  has(name, fits = () => true) {
    return this.events.some((event) => event.name === name && fits(event));
  }
}

const NAMES = ['onChannelsAdded', 'onChannelsUpdated', 'onChannelsDeleted', 'onChannelUpdated', 'onChannelDeleted',
  'onMessagesAdded', 'onMessagesUpdated', 'onMessagesDeleted', 'onHugeGapDetected'];

/** A handler that writes down what it is told. */
function told() {
  const log = new Told();
  const handler = Object.fromEntries(NAMES.map((name) => [name, log.handler[name]]));
  return { log, handler };
}

/** The channels of a client as a list that follows. */
async function channelList(client, params = {}) {
  const { log, handler } = told();
  const collection = client.groups.createGroupChannelCollection({
    filter: new GroupChannelFilter({ includeEmpty: true }), order: GroupChannelListOrder.LATEST_LAST_MESSAGE, limit: 20, ...params,
  });
  collection.setGroupChannelCollectionHandler(handler);
  while (collection.hasMore) await collection.loadMore();
  return { collection, log };
}

/** The messages of a channel as a list that follows. */
async function messageList(one, params = {}) {
  const { log, handler } = told();
  const collection = one.createMessageCollection({
    filter: new MessageFilter({ replyType: ReplyType.ALL }), startingPoint: Date.now() + 60_000, limit: 20, ...params,
  });
  collection.setMessageCollectionHandler(handler);
  const messages = await new Promise((resolve, reject) => {
    collection.initialize(MessageCollectionInitPolicy.CACHE_AND_REPLACE_BY_API)
      .onApiResult((error, result) => (error ? reject(error) : resolve(result)));
  });
  return { collection, log, messages };
}

const texts = (collection) => collection.succeededMessages.map((one) => one.message);

check('two users meet', async () => {
  [alice, bob] = [await connected(app, 'alice'), await connected(app, 'bob')];
  channel = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'first', operatorUserIds: ['alice'] });
});

check('without IndexedDB the SDK says that nothing outlasts the page', async () => {
  // With MYNAH_CACHE=1 it keeps its cache in memory then.
  assert.equal(alice.chat.isCacheEnabled, false);
});

check('the list of channels is loaded', async () => {
  const { collection } = await channelList(bob);
  assert.ok(collection.channels.some((one) => one.url === channel.url));
  assert.equal(collection.hasMore, false);
  collection.dispose();
});

check('a new channel comes into the list', async () => {
  const { collection, log } = await channelList(bob);
  const fresh = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'fresh' });
  await soon(() => collection.channels.some((one) => one.url === fresh.url));
  assert.ok(log.has('onChannelsAdded'));
  collection.dispose();
});

check('a message brings its channel to the top', async () => {
  const other = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'other' });
  const { collection, log } = await channelList(bob);
  await alice.say(other, 'up');
  await soon(() => collection.channels[0].url === other.url);
  await alice.say(channel, 'upper');
  await soon(() => collection.channels[0].url === channel.url);
  assert.equal(collection.channels[0].lastMessage.message, 'upper');
  assert.ok(log.has('onChannelsUpdated', (event) => event.source === 'EVENT_MESSAGE_RECEIVED'));
  collection.dispose();
});

check('the list shows what is unread, and that it was read', async () => {
  const { collection } = await channelList(bob);
  const his = await bob.channel(channel.url);
  const listed = () => collection.channels.find((one) => one.url === channel.url);
  const from = alice.mark;
  await alice.say(channel, 'read');
  await his.markAsRead();
  // Nothing is said before the reading has come through.
  await alice.until('onUserMarkedRead', (one, ids) => one.url === channel.url && ids.includes('bob'), { from });
  await soon(() => listed().unreadMessageCount === 0);
  await alice.say(channel, 'unread');
  await soon(() => listed().unreadMessageCount === 1);
  await his.markAsRead();
  await soon(() => listed().unreadMessageCount === 0);
  collection.dispose();
});

check('a renamed channel is renamed in the list', async () => {
  const { collection } = await channelList(bob);
  await channel.updateChannel({ name: 'renamed' });
  await soon(() => collection.channels.find((one) => one.url === channel.url).name === 'renamed');
  collection.dispose();
});

check('a channel that one leaves is gone from the list', async () => {
  const doomed = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'leave me' });
  const { collection, log } = await channelList(bob);
  await (await bob.channel(doomed.url)).leave();
  await soon(() => !collection.channels.some((one) => one.url === doomed.url));
  assert.ok(log.has('onChannelsDeleted', (event) => event.args[1].includes(doomed.url)));
  collection.dispose();
});

check('a deleted channel is gone from the list', async () => {
  const doomed = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'delete me', operatorUserIds: ['alice'] });
  const { collection } = await channelList(bob);
  // A channel that the SDK is still fetching when it is deleted comes back into its list.
  await sleep(300);
  await doomed.delete();
  await soon(() => !collection.channels.some((one) => one.url === doomed.url));
  collection.dispose();
});

check('a hidden channel is gone from the list', async () => {
  const shy = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'hide me' });
  const { collection } = await channelList(bob);
  // As above.
  await sleep(300);
  await (await bob.channel(shy.url)).hide({ hidePreviousMessages: false, allowAutoUnhide: true });
  await soon(() => !collection.channels.some((one) => one.url === shy.url));
  await alice.say(shy, 'come back');
  await soon(() => collection.channels.some((one) => one.url === shy.url));
  collection.dispose();
});

check('who types is seen in the list', async () => {
  const { collection } = await channelList(bob);
  await (await alice.channel(channel.url)).startTyping();
  await soon(() => collection.channels.find((one) => one.url === channel.url).isTyping);
  await (await alice.channel(channel.url)).endTyping();
  await soon(() => !collection.channels.find((one) => one.url === channel.url).isTyping);
  collection.dispose();
});

check('messages are loaded, then turn by page', async () => {
  const long = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'long' });
  for (let index = 0; index < 12; index += 1) await alice.say(long, `m${index}`);
  const { collection } = await messageList(await bob.channel(long.url), { limit: 5 });
  // Half of the limit lies before the starting point.
  assert.equal(collection.succeededMessages.length, 2);
  assert.equal(collection.hasPrevious, true);
  assert.equal(collection.hasNext, false);
  while (collection.hasPrevious) await collection.loadPrevious();
  assert.deepEqual(texts(collection), Array.from({ length: 12 }, (_, index) => `m${index}`));
  assert.equal(collection.hasPrevious, false);
  collection.dispose();
});

check('messages are loaded from the start on', async () => {
  const long = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'from the start' });
  for (let index = 0; index < 7; index += 1) await alice.say(long, `m${index}`);
  const { collection } = await messageList(await bob.channel(long.url), { startingPoint: 1, limit: 5 });
  assert.equal(collection.hasNext, true);
  while (collection.hasNext) await collection.loadNext();
  assert.deepEqual(texts(collection), Array.from({ length: 7 }, (_, index) => `m${index}`));
  collection.dispose();
});

check('a message that arrives is added', async () => {
  const { collection, log } = await messageList(await bob.channel(channel.url));
  await alice.say(channel, 'arriving');
  await soon(() => texts(collection).includes('arriving'));
  assert.ok(log.has('onMessagesAdded', (event) => event.source === 'EVENT_MESSAGE_RECEIVED'));
  collection.dispose();
});

check('an own message is pending, then stored, and there once', async () => {
  const his = await bob.channel(channel.url);
  const { collection, log } = await messageList(his);
  await bob.say(channel, 'from the collection');
  await soon(() => texts(collection).includes('from the collection'));
  assert.equal(texts(collection).filter((one) => one === 'from the collection').length, 1);
  assert.equal(collection.pendingMessages.length, 0);
  assert.ok(log.has('onMessagesAdded'));
  collection.dispose();
});

check('an edit and a deletion are seen', async () => {
  const { collection, log } = await messageList(await bob.channel(channel.url));
  const message = await alice.say(channel, 'first form');
  await soon(() => texts(collection).includes('first form'));
  await (await alice.channel(channel.url)).updateUserMessage(message.messageId, { message: 'second form' });
  await soon(() => texts(collection).includes('second form'));
  assert.ok(log.has('onMessagesUpdated'));
  await (await alice.channel(channel.url)).deleteMessage(message);
  await soon(() => !texts(collection).includes('second form'));
  assert.ok(log.has('onMessagesDeleted'));
  collection.dispose();
});

check('a reaction is seen', async () => {
  const { collection } = await messageList(await bob.channel(channel.url));
  const message = await alice.say(channel, 'react here');
  await soon(() => texts(collection).includes('react here'));
  await (await alice.channel(channel.url)).addReaction(message, 'yes');
  await soon(() => collection.succeededMessages.find((one) => one.messageId === message.messageId).reactions[0]?.key === 'yes');
  collection.dispose();
});

check('a growing thread is seen', async () => {
  const { collection } = await messageList(await bob.channel(channel.url), {
    filter: new MessageFilter({ replyType: ReplyType.ONLY_REPLY_TO_CHANNEL }),
  });
  const parent = await alice.say(channel, 'parent here');
  await soon(() => texts(collection).includes('parent here'));
  await alice.say(channel, 'reply here', { parentMessageId: parent.messageId });
  await soon(() => collection.succeededMessages.find((one) => one.messageId === parent.messageId).threadInfo?.replyCount === 1);
  assert.ok(!texts(collection).includes('reply here'));
  collection.dispose();
});

check('a change of the channel is seen', async () => {
  const { collection, log } = await messageList(await bob.channel(channel.url));
  await (await alice.channel(channel.url)).updateChannel({ data: 'changed data' });
  await soon(() => collection.channel.data === 'changed data');
  assert.ok(log.has('onChannelUpdated'));
  collection.dispose();
});

check('a deleted channel is told', async () => {
  const doomed = await alice.groups.createChannel({ invitedUserIds: ['bob'], operatorUserIds: ['alice'] });
  const { collection, log } = await messageList(await bob.channel(doomed.url));
  await doomed.delete();
  await soon(() => log.has('onChannelDeleted'));
  collection.dispose();
});

check('messages of others than asked for stay out', async () => {
  const { collection } = await messageList(await bob.channel(channel.url), {
    filter: new MessageFilter({ customTypesFilter: ['wanted'] }),
  });
  await alice.say(channel, 'unwanted');
  await alice.say(channel, 'the wanted one', { customType: 'wanted' });
  await soon(() => texts(collection).includes('the wanted one'));
  assert.ok(!texts(collection).includes('unwanted'));
  collection.dispose();
});
