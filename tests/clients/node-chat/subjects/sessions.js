// Sessions that expire, are refreshed and are revoked.

import { Client, application, assert, check, platform, refused, sleep, soon } from '../kit.js';

const app = application('sessions');
const token = async (user, seconds) => (await platform(app, 'POST', `/users/${user}/token`, {
  expires_at: Date.now() + seconds * 1000,
})).token;
const user = (user_id) => platform(app, 'POST', '/users', { user_id, nickname: user_id, profile_url: '', issue_access_token: true });
const state = (client) => client.chat.connectionState;

check('an expired session asks for a token and goes on', async () => {
  await user('short');
  const client = new Client(app, { session: () => token('short', 600) });
  await client.chat.connect('short', await token('short', 1));
  await sleep(1300);
  assert.equal(await client.groups.getTotalUnreadMessageCount(), 0);
  await client.until('onSessionTokenRequired');
  await client.until('onSessionRefreshed');
  assert.equal(state(client), 'OPEN');
});

check('a client that asks nothing is told that its session has expired', async () => {
  await user('idle');
  const client = new Client(app, { session: () => token('idle', 600) });
  await client.chat.connect('idle', await token('idle', 1));
  await client.until('onSessionTokenRequired', undefined, { patience: 8000 });
  await client.until('onSessionRefreshed');
  assert.equal(state(client), 'OPEN');
}, 15_000);

check('after a refresh messages go and come', async () => {
  await user('talker');
  await user('listener');
  const client = new Client(app, { session: () => token('talker', 600) });
  await client.chat.connect('talker', await token('talker', 1));
  const listener = new Client(app, { session: () => token('listener', 600) });
  await listener.chat.connect('listener', await token('listener', 600));
  await client.until('onSessionRefreshed', undefined, { patience: 8000 });
  const channel = await client.groups.createChannel({ invitedUserIds: ['listener'] });
  const message = await client.say(channel, 'still me');
  await listener.until('onMessageReceived', (_, one) => one.messageId === message.messageId);
  const answer = await listener.say(channel, 'still you');
  await client.until('onMessageReceived', (_, one) => one.messageId === answer.messageId);
}, 15_000);

check('a session whose refresh is refused is closed or reported', async () => {
  await user('refused');
  const client = new Client(app, { session: () => 'not-a-token' });
  await client.chat.connect('refused', await token('refused', 1));
  await Promise.any([
    client.until('onSessionError', undefined, { patience: 9000 }), client.until('onSessionClosed', undefined, { patience: 9000 }),
  ]);
}, 15_000);

check('a session without tokens to come is closed', async () => {
  await user('given-up');
  const client = new Client(app, { session: () => null });
  await client.chat.connect('given-up', await token('given-up', 1));
  await client.until('onSessionClosed', undefined, { patience: 9000 });
}, 15_000);

check('revoked session tokens close the session', async () => {
  await user('revoked');
  const client = new Client(app, { session: () => null });
  await client.chat.connect('revoked', await token('revoked', 600));
  await platform(app, 'DELETE', '/users/revoked/token');
  await client.until('onSessionClosed');
  await soon(() => state(client) === 'CLOSED');
});

check('a revoked token does not log in again', async () => {
  await user('old-token');
  const old = await token('old-token', 600);
  await platform(app, 'DELETE', '/users/old-token/token');
  await refused(new Client(app).chat.connect('old-token', old), 400302, 400310);
});

check('a user who is deactivated is thrown out', async () => {
  await user('dismissed');
  const client = new Client(app, { session: () => null });
  await client.chat.connect('dismissed', await token('dismissed', 600));
  await platform(app, 'PUT', '/users/dismissed', { is_active: false });
  await assert.rejects(soon(async () => {
    await client.groups.getTotalUnreadMessageCount();
    return false;
  }, 1500));
});

check('a session of one user does not act as another', async () => {
  await user('honest');
  await user('victim');
  const client = new Client(app);
  await client.chat.connect('honest', await token('honest', 600));
  const channel = await client.groups.createChannel({ invitedUserIds: ['victim'] });
  const message = await client.say(channel, 'as myself');
  assert.equal(message.sender.userId, 'honest');
  const { messages } = await platform(app, 'GET', `/group_channels/${channel.url}/messages?message_ts=0&next_limit=5&prev_limit=0`);
  assert.deepEqual(messages.map((one) => one.user.user_id), ['honest']);
});
