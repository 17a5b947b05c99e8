// Logging in, who may, and what the client then knows.

import SendbirdChat from '@sendbird/chat';
import { GroupChannelModule } from '@sendbird/chat/groupChannel';

import { Client, application, assert, check, connected, platform, refused, server, sleep, soon } from '../kit.js';

const app = application('connection');
const state = (client) => client.chat.connectionState;

check('a user who does not exist is made on the first connect', async () => {
  const client = await connected(app, 'newcomer');
  assert.equal(client.id, 'newcomer');
  const user = await platform(app, 'GET', '/users/newcomer');
  assert.equal(user.user_id, 'newcomer');
});

check('the connection is open, and its handler hears so', async () => {
  const client = await connected(app, 'alice');
  assert.equal(state(client), 'OPEN');
  const [id] = await client.until('onConnected');
  assert.equal(id, 'alice');
  assert.ok(Math.abs(client.chat.lastConnectedAt - Date.now()) < 10_000);
});

check('the current user has what the Platform API gave', async () => {
  await platform(app, 'POST', '/users', {
    user_id: 'dressed', nickname: 'Dressed', profile_url: 'http://127.0.0.1/face.png', metadata: { size: 'big' },
  });
  const { chat } = await connected(app, 'dressed');
  assert.equal(chat.currentUser.nickname, 'Dressed');
  assert.equal(chat.currentUser.plainProfileUrl, 'http://127.0.0.1/face.png');
  assert.deepEqual({ ...chat.currentUser.metaData }, { size: 'big' });
});

check('the application tells what it can do', async () => {
  const { chat } = await connected(app, 'alice');
  assert.ok(chat.appInfo.applicationAttributes.includes('reactions'), chat.appInfo.applicationAttributes.join());
  assert.ok(chat.appInfo.uploadSizeLimit > 0);
  assert.ok(chat.appInfo.emojiHash.length > 0);
});

check('an access token is asked of who has one', async () => {
  const { access_token: token } = await platform(app, 'POST', '/users', {
    user_id: 'locked', nickname: 'Locked', profile_url: '', issue_access_token: true,
  });
  assert.ok(token);
  await refused(new Client(app).chat.connect('locked', 'wrong'), 400302);
  await refused(new Client(app).chat.connect('locked'), 400302);
  const client = await connected(app, 'locked', { token });
  assert.equal(client.id, 'locked');
});

check('a session token logs in', async () => {
  await platform(app, 'POST', '/users', { user_id: 'sessions', nickname: 'S', profile_url: '' });
  const { token } = await platform(app, 'POST', '/users/sessions/token', {});
  const client = await connected(app, 'sessions', { token });
  assert.equal(client.id, 'sessions');
});

check('a session token that has expired does not', async () => {
  await platform(app, 'POST', '/users', { user_id: 'late', nickname: 'L', profile_url: '', issue_access_token: true });
  const { token } = await platform(app, 'POST', '/users/late/token', { expires_at: Date.now() + 300 });
  await sleep(400);
  await refused(new Client(app).chat.connect('late', token), 400302);
});

check('a deactivated user is refused', async () => {
  await platform(app, 'POST', '/users', { user_id: 'resting', nickname: 'R', profile_url: '' });
  await platform(app, 'PUT', '/users/resting', { is_active: false });
  await refused(new Client(app).chat.connect('resting'), 400300);
});

check('a refused client can connect with better credentials', async () => {
  const { access_token: token } = await platform(app, 'POST', '/users', {
    user_id: 'retrying', nickname: 'R', profile_url: '', issue_access_token: true,
  });
  const client = new Client(app);
  await refused(client.chat.connect('retrying', 'wrong'), 400302);
  assert.equal((await client.chat.connect('retrying', token)).userId, 'retrying');
});

check('a user has several devices, and each hears', async () => {
  const [phone, desk, other] = [
    await connected(app, 'twice'), await connected(app, 'twice'), await connected(app, 'speaker'),
  ];
  const channel = await other.groups.createChannel({ invitedUserIds: ['twice'] });
  const message = await other.say(channel, 'to both');
  for (const device of [phone, desk]) {
    await device.until('onMessageReceived', (_, one) => one.messageId === message.messageId);
  }
});

check('what one device sends, the other device of the same user hears', async () => {
  const [phone, desk] = [await connected(app, 'pair'), await connected(app, 'pair')];
  const channel = await phone.groups.createChannel({ invitedUserIds: ['someone-paired'] }).catch(async () => {
    await platform(app, 'POST', '/users', { user_id: 'someone-paired', nickname: 'S', profile_url: '' });
    return phone.groups.createChannel({ invitedUserIds: ['someone-paired'] });
  });
  const message = await phone.say(channel, 'from my other pocket');
  const [, heard] = await desk.until('onMessageReceived', (_, one) => one.messageId === message.messageId);
  assert.equal(heard.sender.userId, 'pair');
});

check('who is connected is online, and who disconnects is not', async () => {
  const client = await connected(app, 'present');
  await soon(async () => (await platform(app, 'GET', '/users/present')).is_online === true);
  await client.chat.disconnect();
  assert.equal(state(client), 'CLOSED');
  await soon(async () => (await platform(app, 'GET', '/users/present')).is_online === false);
  assert.equal(client.chat.currentUser, null);
});

check('disconnecting is heard, and one can come back', async () => {
  const client = await connected(app, 'leaver');
  await client.chat.disconnect();
  const [id] = await client.until('onDisconnected');
  assert.equal(id, 'leaver');
  await client.chat.connect('leaver');
  assert.equal(state(client), 'OPEN');
});

check('disconnecting the socket alone keeps the session', async () => {
  const client = await connected(app, 'half');
  await client.chat.disconnectWebSocket();
  assert.equal(state(client), 'CLOSED');
  assert.ok(await client.groups.getTotalUnreadMessageCount() === 0);
  await client.chat.connect('half');
  assert.equal(state(client), 'OPEN');
});

check('a client without a socket is served after authenticate()', async () => {
  await platform(app, 'POST', '/users', { user_id: 'quiet', nickname: 'Quiet', profile_url: '' });
  const client = new Client(app);
  const user = await client.chat.authenticate('quiet');
  assert.equal(user.nickname, 'Quiet');
  assert.equal(await client.groups.getTotalUnreadMessageCount(), 0);
});

check('background and foreground go and come', async () => {
  const client = await connected(app, 'sleeper');
  client.chat.setBackgroundState();
  await soon(() => state(client) === 'CLOSED');
  client.chat.setForegroundState();
  await soon(() => state(client) === 'OPEN');
});

check('without an application path the application is the one the client names', async () => {
  const chat = SendbirdChat.init({
    appId: app, newInstance: true, customApiHost: server(), customWebSocketHost: server().replace('http', 'ws'),
    modules: [new GroupChannelModule()], logLevel: 5,
  });
  await chat.connect('pathless');
  assert.equal((await platform(app, 'GET', '/users/pathless')).user_id, 'pathless');
  await chat.disconnect();
});

check('a trailing slash in the host does no harm', async () => {
  const host = `${server()}/apps/${app}/`;
  const chat = SendbirdChat.init({
    appId: app, newInstance: true, customApiHost: host, customWebSocketHost: host.replace('http', 'ws'),
    modules: [new GroupChannelModule()], logLevel: 5,
  });
  await chat.connect('slashes');
  assert.equal(await chat.groupChannel.getTotalUnreadMessageCount(), 0);
  await chat.disconnect();
});
