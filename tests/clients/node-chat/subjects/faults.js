// What the SDK's own handlers and promises tell when a connection misbehaves, for every fault of the catalogue, and
// what becomes of a message whose send fails or whose answer is lost. README.md beside tells it in a table.

import { Client, application, assert, check, platform, refused, sent, server, soon } from '../kit.js';

const SLOW = { patience: 10_000 };

/** Ada's client, in an application of her own. Bo has none: he speaks by the Platform API. */
class Stage {
  static async of(name) {
    const stage = new Stage();
    stage.app = application(`fault-${name}`);
    for (const user_id of ['ada', 'bo']) {
      await platform(stage.app, 'POST', '/users', { user_id, nickname: user_id, profile_url: '' });
    }
    await platform(stage.app, 'POST', '/group_channels', { channel_url: 'lobby', user_ids: ['ada', 'bo'] });
    const token = async () => (await platform(stage.app, 'POST', '/users/ada/token', {})).token;
    stage.ada = new Client(stage.app, { session: token });
    return stage;
  }

  /** Sets a fault, and gives what it goes by. */
  async fault(rule) {
    return (await this.control('POST', '/faults', rule)).id;
  }

  async hits(id) {
    return (await this.control('GET', `/faults/${id}`)).hits;
  }

  async control(method, path, body) {
    const url = `${server()}/apps/${this.app}/_mynah${path}`;
    const answer = await fetch(url, { method, body: body && JSON.stringify(body) });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer.json();
  }

  /** Ada is connected, and knows the channel. */
  async begin() {
    await this.ada.chat.connect('ada');
    await this.ada.channel('lobby');
  }

  async boSays(message) {
    const body = { message_type: 'MESG', user_id: 'bo', message };
    return platform(this.app, 'POST', '/group_channels/lobby/messages', body);
  }

  /** Bo says something, and Ada hears it. */
  async adaHears(text) {
    await this.boSays(text);
    await this.ada.until('onMessageReceived', (_, message) => message.message === text, SLOW);
  }

  /** What Ada was told of Bo's messages, in that order. */
  get heard() {
    return this.ada.heard.filter((one) => one.name === 'onMessageReceived').map((one) => one.args[1].message);
  }

  async stored() {
    const path = '/group_channels/lobby/messages?message_ts=0&prev_limit=0&next_limit=20';
    return (await platform(this.app, 'GET', path)).messages.map((message) => message.message);
  }
}

/**
 * An open connection goes on; the next one is not let in, though the SDK knocks twice where it has heard no reason;
 * without the fault it is.
 */
function isNotLetIn(code, knocks = 2) {
  return async (stage, name) => {
    await stage.begin();
    const fault = await stage.fault({ socket: name });
    await stage.adaHears('still here');
    assert.equal(await stage.hits(fault), 0);
    await stage.ada.chat.disconnect();
    await refused(stage.ada.chat.connect('ada'), code);
    assert.equal(stage.ada.chat.connectionState, 'CLOSED');
    assert.equal(await stage.hits(fault), knocks);
    await stage.control('DELETE', '/faults');
    await stage.ada.chat.connect('ada');
    await stage.adaHears('here again');
  };
}

/** A connection is lost, and comes back by itself. */
async function comesBack(stage, name) {
  await stage.begin();
  // One that is lost in the first moments of a login does not always.
  await stage.adaHears('all is well');
  const fault = await stage.fault({ socket: name, times: 1 });
  await stage.ada.until('onReconnectStarted', undefined, SLOW);
  await stage.ada.until('onReconnectSucceeded', undefined, SLOW);
  assert.equal(stage.ada.chat.connectionState, 'OPEN');
  assert.equal(await stage.hits(fault), 1);
  await stage.adaHears('welcome back');
  assert.equal(stage.ada.count('onDisconnected'), 0);
}

/** For each name of the catalogue what becomes of a client. */
const BECOMES = {
  'refuse-403': isNotLetIn(800120),
  'refuse-404': isNotLetIn(800120),
  'refuse-500': isNotLetIn(800120),
  'refuse-503': isNotLetIn(800120),
  'refuse-login': isNotLetIn(400302, 1),
  'close-before-login': isNotLetIn(800120),
  'drop-before-login': isNotLetIn(800120),
  'close-after-login': comesBack,
  'drop-after-login': comesBack,

  // Ten seconds for each of two attempts.
  async 'never-logi'(stage, name) {
    const fault = await stage.fault({ socket: name });
    const connecting = refused(stage.ada.chat.connect('ada'), 800190);
    await soon(async () => await stage.hits(fault) === 2, 15_000);
    assert.equal(stage.ada.chat.connectionState, 'CONNECTING', 'the first attempt has told nothing');
    await connecting;
    assert.equal(stage.ada.chat.connectionState, 'CLOSED');
  },

  // A ping follows the login, and is given up after five seconds in which nothing else comes.
  async 'never-pong'(stage, name) {
    const fault = await stage.fault({ socket: name, times: 1 });
    await stage.begin();
    await stage.ada.until('onReconnectStarted', undefined, SLOW);
    await stage.ada.until('onReconnectSucceeded', undefined, SLOW);
    assert.equal(await stage.hits(fault), 1);
    await stage.adaHears('welcome back');
  },

  async 'delay-events'(stage, name) {
    await stage.begin();
    await stage.fault({ socket: name });
    const before = performance.now();
    await stage.boSays('one');
    await stage.boSays('two');
    await stage.ada.until('onMessageReceived', (_, message) => message.message === 'two', SLOW);
    assert.ok(performance.now() - before >= 1000, 'it came too early');
    assert.deepEqual(stage.heard, ['one', 'two']);
  },

  // The SDK hands on what comes twice.
  async 'duplicate-events'(stage, name) {
    await stage.begin();
    await stage.fault({ socket: name });
    await stage.boSays('one');
    await stage.boSays('two');
    await soon(() => stage.heard.filter((text) => text === 'two').length === 2);
    assert.deepEqual(stage.heard.toSorted(), ['one', 'one', 'two', 'two']);
  },

  // And in the order in which it comes.
  async 'reorder-events'(stage, name) {
    await stage.begin();
    await stage.fault({ socket: name });
    await stage.boSays('one');
    await stage.boSays('two');
    await soon(() => stage.heard.length === 2);
    assert.deepEqual(stage.heard, ['two', 'one']);
  },

  async 'session-expired'(stage, name) {
    await stage.begin();
    await stage.fault({ socket: name, times: 1 });
    await stage.ada.until('onSessionExpired');
    await stage.ada.until('onSessionRefreshed');
    assert.equal(stage.ada.count('onSessionTokenRequired'), 0, 'the session key was enough');
    await stage.adaHears('still here');
  },

  async 'session-token-required'(stage, name) {
    await stage.begin();
    await stage.fault({ socket: name, times: 1 });
    await stage.ada.until('onSessionTokenRequired');
    await stage.ada.until('onSessionRefreshed');
    await stage.adaHears('still here');
  },

  async 'session-revoked'(stage, name) {
    await stage.begin();
    await stage.fault({ socket: name, times: 1 });
    await stage.ada.until('onSessionClosed');
    await stage.ada.until('onDisconnected');
    assert.equal(stage.ada.chat.connectionState, 'CLOSED');
    assert.equal(stage.ada.count('onReconnectStarted'), 0);
  },
};

/** Somebody who is thrown out tries again, after a longer time each, until there is no fault. */
async function isRefusedForAWhile(stage) {
  await stage.begin();
  await stage.adaHears('all is well');
  const fault = await stage.fault({ socket: 'refuse-503', times: 2 });
  await stage.fault({ socket: 'drop-after-login', times: 1 });
  await stage.ada.until('onReconnectStarted', undefined, SLOW);
  await soon(async () => await stage.hits(fault) === 2, 15_000);
  assert.equal(stage.ada.count('onReconnectSucceeded'), 0);
  await stage.ada.until('onReconnectSucceeded', undefined, { patience: 15_000 });
  assert.equal(stage.ada.count('onReconnectFailed'), 0);
  await stage.adaHears('welcome back');
}

/** Begins a story with an application of its own. */
function story(name, becomes) {
  const told = Stage.of(name).then((stage) => becomes(stage, name));
  told.catch(() => {});
  return told;
}

// All at once, since some have to wait for the SDK to give up.
const { catalogue } = await (await fetch(`${server()}/_mynah/faults/catalogue`)).json();
const names = catalogue.map((entry) => entry.name);
const nobodyKnows = () => assert.fail('nothing is said here of what becomes of a client');
const stories = names.map((name) => [`what the SDK makes of ${name}`, story(name, BECOMES[name] ?? nobodyKnows)]);
stories.push(['a client comes back as soon as it is let in', story('for-a-while', isRefusedForAWhile)]);
for (const [sentence, told] of stories) check(sentence, () => told, 40_000);

check('nothing is told here of a fault that is no longer in the catalogue', () => {
  assert.deepEqual(Object.keys(BECOMES).filter((name) => !names.includes(name)), []);
});

check('an attempt that fails once is made again before connect() answers', async () => {
  const stage = await Stage.of('once');
  const fault = await stage.fault({ socket: 'refuse-503', times: 1 });
  await stage.begin();
  assert.equal(await stage.hits(fault), 1);
  assert.equal(stage.ada.chat.connectionState, 'OPEN');
});

check('two sends fail, the third works, and one message is stored', async () => {
  const stage = await Stage.of('sends');
  await stage.begin();
  const channel = await stage.ada.channel('lobby');
  const fault = await stage.fault({ operation: 'sendAMessage', times: 2, code: 500910 });
  const failure = async (handler) => (await refused(sent(handler), 500910)).failed;
  const first = await failure(channel.sendUserMessage({ message: 'Hello' }));
  assert.equal(first.sendingStatus, 'failed');
  assert.equal(first.errorCode, 500910);
  assert.ok(first.isResendable);
  const second = await failure(channel.resendMessage(first));
  const message = await sent(channel.resendMessage(second));
  assert.equal(message.sendingStatus, 'succeeded');
  assert.deepEqual(await stage.stored(), ['Hello']);
  assert.equal(await stage.hits(fault), 2);
});

check('a refusal that stays is no reason to send again', async () => {
  const stage = await Stage.of('refusal');
  await stage.begin();
  const channel = await stage.ada.channel('lobby');
  await stage.fault({ operation: 'MESG', times: 1, code: 900020 });
  const { failed } = await refused(sent(channel.sendUserMessage({ message: 'Hello' })), 900020);
  assert.equal(failed.isResendable, false);
  assert.deepEqual(await stage.stored(), []);
});

// The service's answer to a request number that comes again is not known; here it is a message of its own. What an app
// can do is what this does: look for the number among what is stored before it sends again.
check('an answer is lost: the message is stored, and the SDK says that it failed', async () => {
  const stage = await Stage.of('lost');
  await stage.begin();
  const channel = await stage.ada.channel('lobby');
  await stage.fault({ operation: 'MESG', phase: 'after', reset: true, times: 1 });
  const { failed } = await refused(sent(channel.sendUserMessage({ message: 'Hello' })), 800200);
  assert.ok(failed.isResendable);
  await stage.ada.until('onReconnectSucceeded', undefined, SLOW);
  assert.deepEqual(await stage.stored(), ['Hello']);
  const [stored] = await channel.getMessagesByTimestamp(0, { prevResultSize: 0, nextResultSize: 20 });
  assert.equal(stored.reqId, failed.reqId, 'the app can tell that it got through');
  const twin = await sent(channel.resendMessage(failed));
  assert.equal(twin.reqId, failed.reqId);
  assert.deepEqual(await stage.stored(), ['Hello', 'Hello']);
});

check('another command is refused as a message is', async () => {
  const stage = await Stage.of('entering');
  await stage.begin();
  await platform(stage.app, 'POST', '/open_channels', { channel_url: 'plaza', name: 'Plaza' });
  const plaza = await stage.ada.opens.getChannel('plaza');
  await stage.fault({ operation: 'ENTR', times: 1, code: 500910 });
  await refused(plaza.enter(), 500910);
  await plaza.enter();
  assert.equal((await stage.ada.opens.getChannelWithoutCache('plaza')).participantCount, 1);
});
