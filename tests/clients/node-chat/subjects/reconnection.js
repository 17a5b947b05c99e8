// The network goes, the server is killed, and clients come back by themselves.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

import { GroupChannelFilter, MessageCollectionInitPolicy, MessageFilter } from '@sendbird/chat/groupChannel';
import { ReplyType } from '@sendbird/chat/message';

import { Client, Process, Wire, application, assert, check, connected, platform, refused, sent, soon } from '../kit.js';
import { OF_THE_SDK, inVain, unexplained } from '../report.js';

const app = application('reconnection');
const LONG = { patience: 20_000 };
let mynah;
let data;
let wire;
let alice;
let bob;
let channel;

after(async () => {
  wire?.close();
  await mynah?.kill();
  if (data) await rm(data, { recursive: true, force: true });
});

/** The messages of a channel as a list that follows. */
async function messageList(one) {
  const collection = one.createMessageCollection({
    filter: new MessageFilter({ replyType: ReplyType.ALL }), startingPoint: Date.now() + 60_000, limit: 20,
  });
  collection.setMessageCollectionHandler({});
  await new Promise((resolve, reject) => {
    collection.initialize(MessageCollectionInitPolicy.CACHE_AND_REPLACE_BY_API)
      .onApiResult((error, result) => (error ? reject(error) : resolve(result)));
  });
  return collection;
}

const texts = (collection) => collection.succeededMessages.map((one) => one.message);

check('alice is connected well, bob over a wire that can be cut', async () => {
  data = await mkdtemp(path.join(tmpdir(), 'mynah-reconnection-'));
  mynah = await Process.on(data);
  wire = await Wire.to(mynah.url);
  alice = await connected(app, 'alice', { url: mynah.url });
  bob = await connected(app, 'bob', { url: wire.url });
  channel = await alice.groups.createChannel({ invitedUserIds: ['bob'], operatorUserIds: ['alice'] });
  await bob.channel(channel.url);
});

check('a cut wire is noticed, and the mended one is found', async () => {
  wire.cut();
  await bob.until('onReconnectStarted', undefined, LONG);
  wire.mend();
  await bob.until('onReconnectSucceeded', undefined, LONG);
  assert.equal(bob.chat.connectionState, 'OPEN');
}, 40_000);

check('after that messages come as before', async () => {
  const message = await alice.say(channel, 'welcome back');
  await bob.until('onMessageReceived', (_, one) => one.messageId === message.messageId);
});

check('the collections catch up with what was missed', async () => {
  const his = await bob.channel(channel.url);
  const edited = await alice.say(channel, 'to be edited');
  const deleted = await alice.say(channel, 'to be deleted');
  await bob.until('onMessageReceived', (_, one) => one.messageId === deleted.messageId);
  const collection = await messageList(his);
  const channels = bob.groups.createGroupChannelCollection({ filter: new GroupChannelFilter({ includeEmpty: true }) });
  channels.setGroupChannelCollectionHandler({});
  await channels.loadMore();
  const from = bob.mark;
  wire.cut();
  await bob.until('onReconnectStarted', undefined, { from, ...LONG });
  const hers = await alice.channel(channel.url);
  await hers.updateUserMessage(edited.messageId, { message: 'was edited' });
  await hers.deleteMessage(deleted);
  for (let index = 0; index < 5; index += 1) await alice.say(channel, `missed ${index}`);
  const fresh = await alice.groups.createChannel({ invitedUserIds: ['bob'], name: 'made meanwhile' });
  wire.mend();
  await bob.until('onReconnectSucceeded', undefined, { from, ...LONG });
  await soon(() => {
    const all = texts(collection);
    return all.includes('was edited') && !all.includes('to be deleted') && all.includes('missed 4') && all.includes('missed 0');
  }, 8000);
  await soon(() => channels.channels.some((one) => one.url === fresh.url), 8000);
  collection.dispose();
  channels.dispose();
}, 60_000);

check('an open channel is entered again', async () => {
  const open = await alice.opens.createChannel({ name: 'plaza', operatorUserIds: ['alice'] });
  await open.enter();
  await (await bob.opens.getChannel(open.url)).enter();
  const from = bob.mark;
  wire.cut();
  await bob.until('onReconnectStarted', undefined, { from, ...LONG });
  wire.mend();
  await bob.until('onReconnectSucceeded', undefined, { from, ...LONG });
  await soon(async () => (await alice.opens.getChannelWithoutCache(open.url)).participantCount === 2, 8000);
  const message = await sent(open.sendUserMessage({ message: 'you are back' }));
  await bob.until('open.onMessageReceived', (_, one) => one.messageId === message.messageId);
}, 60_000);

check('what is sent without a network fails, and is sent again later', async () => {
  const from = bob.mark;
  const his = await bob.channel(channel.url);
  wire.cut();
  await bob.until('onReconnectStarted', undefined, { from, ...LONG });
  const failed = await sent(his.sendUserMessage({ message: 'try later' })).then(() => assert.fail('it was sent'), (error) => error.failed);
  assert.ok(failed.isResendable);
  wire.mend();
  await bob.until('onReconnectSucceeded', undefined, { from, ...LONG });
  const message = await his.resendUserMessage(failed);
  await alice.until('onMessageReceived', (_, one) => one.messageId === message.messageId);
}, 60_000);

check('after kill -9 and a restart both come back by themselves', async () => {
  const [one, two] = [alice.mark, bob.mark];
  await mynah.kill();
  await alice.until('onReconnectStarted', undefined, { from: one, ...LONG });
  await bob.until('onReconnectStarted', undefined, { from: two, ...LONG });
  await mynah.start();
  await alice.until('onReconnectSucceeded', undefined, { from: one, ...LONG });
  await bob.until('onReconnectSucceeded', undefined, { from: two, ...LONG });
}, 60_000);

check('and nothing is lost', async () => {
  const list = await (await bob.groups.getChannelWithoutCache(channel.url))
    .getMessagesByTimestamp(Number.MAX_SAFE_INTEGER, { prevResultSize: 100, nextResultSize: 0 });
  const all = list.map((message) => message.message);
  for (const text of ['welcome back', 'was edited', 'missed 0', 'missed 4', 'try later']) assert.ok(all.includes(text), text);
});

check('and they hear each other', async () => {
  const question = await alice.say(channel, 'are you still there');
  await bob.until('onMessageReceived', (_, one) => one.messageId === question.messageId);
  const answer = await bob.say(channel, 'I am');
  await alice.until('onMessageReceived', (_, one) => one.messageId === answer.messageId);
});

check('a message that was acknowledged before the kill is there after it', async () => {
  const [one, two] = [alice.mark, bob.mark];
  const message = await alice.say(channel, 'acknowledged, then darkness');
  await mynah.kill();
  await mynah.start();
  await alice.until('onReconnectSucceeded', undefined, { from: one, ...LONG });
  await bob.until('onReconnectSucceeded', undefined, { from: two, ...LONG });
  const found = await alice.chat.message.getMessage({ channelUrl: channel.url, channelType: 'group', messageId: message.messageId });
  assert.equal(found.message, 'acknowledged, then darkness');
}, 60_000);

check('a session key of before the kill is still good for HTTP', async () => {
  assert.equal(typeof (await bob.groups.getTotalUnreadMessageCount()), 'number');
});

check('reconnecting can be asked for', async () => {
  const from = bob.mark;
  assert.equal(bob.chat.reconnect(), true);
  await bob.until('onReconnectSucceeded', undefined, { from, ...LONG });
}, 40_000);

check('a user who was deactivated meanwhile does not come back', async () => {
  const from = bob.mark;
  wire.cut();
  await bob.until('onReconnectStarted', undefined, { from, ...LONG });
  await platform(app, 'PUT', '/users/bob', { is_active: false }, mynah.url);
  wire.mend();
  await soon(() => bob.chat.connectionState === 'CLOSED', 20_000);
  await refused(new Client(app, { url: mynah.url }).chat.connect('bob'), 400300);
}, 60_000);

check('all that it asks for when it is back is known', async () => {
  assert.deepEqual(unexplained(await inVain(mynah.url), OF_THE_SDK), []);
});
