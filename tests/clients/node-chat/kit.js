// What every subject needs: clients that remember what they heard, a server, and a network that can fail.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import SendbirdChat, { ConnectionHandler, SessionHandler, UserEventHandler } from '@sendbird/chat';
import { GroupChannelHandler, GroupChannelModule } from '@sendbird/chat/groupChannel';
import { OpenChannelHandler, OpenChannelModule } from '@sendbird/chat/openChannel';
import WebSocket from 'ws';

import { Process, soon } from './process.js';

export { Process, assert, sleep, soon };

// Node has a WebSocket of its own from version 22 on; the SDK looks for a global one.
globalThis.WebSocket ??= WebSocket;

/** With the local cache, which is kept in memory where there is no IndexedDB. */
export const CACHED = process.env.MYNAH_CACHE === '1';

const PATIENCE = 4000;

const CHANNEL = [
  'onUserMuted', 'onUserUnmuted', 'onUserBanned', 'onUserUnbanned', 'onChannelChanged', 'onChannelDeleted',
  'onChannelFrozen', 'onChannelUnfrozen', 'onOperatorUpdated', 'onChannelMemberCountChanged', 'onMetaDataCreated',
  'onMetaDataUpdated', 'onMetaDataDeleted', 'onMetaCounterCreated', 'onMetaCounterUpdated', 'onMetaCounterDeleted',
  'onMessageReceived', 'onMessageUpdated', 'onMessageDeleted', 'onMentionReceived', 'onReactionUpdated',
  'onThreadInfoUpdated', 'onPollUpdated', 'onPollVoted', 'onPollDeleted', 'onPinnedMessageUpdated',
];
const GROUP = [
  'onUserJoined', 'onUserLeft', 'onUserReceivedInvitation', 'onUserDeclinedInvitation', 'onChannelHidden',
  'onUnreadMemberStatusUpdated', 'onUserMarkedRead', 'onUserMarkedUnread', 'onUndeliveredMemberStatusUpdated',
  'onTypingStatusUpdated',
];
const OPEN = ['onUserEntered', 'onUserExited', 'onChannelParticipantCountChanged'];
const CONNECTION = [
  'onConnected', 'onReconnectStarted', 'onReconnectSucceeded', 'onReconnectFailed', 'onConnectionLost',
  'onDisconnected', 'onConnectionDelayed',
];
const USER = ['onFriendsDiscovered', 'onTotalUnreadMessageCountChanged', 'onTotalUnreadMessageCountUpdated'];

/** What was heard, in order, and who waits for what. */
class Ear {
  heard = [];
  waiting = new Set();

  hear(name, args) {
    this.heard.push({ name, args });
    for (const wake of this.waiting) wake();
  }

  /** A handler that hears all of these. */
  listener(names, prefix = '') {
    return Object.fromEntries(names.map((name) => [name, (...args) => this.hear(prefix + name, args)]));
  }

  /** How much was heard up to now. */
  get mark() {
    return this.heard.length;
  }

  find(name, fits = () => true, from = 0) {
    return this.heard.slice(from).find((event) => event.name === name && fits(...event.args));
  }

  count(name, fits = () => true, from = 0) {
    return this.heard.slice(from).filter((event) => event.name === name && fits(...event.args)).length;
  }

  /** Waits until such an event was heard, and gives its arguments. */
  async until(name, fits = () => true, { from = 0, patience = PATIENCE } = {}) {
    const end = Date.now() + patience;
    for (;;) {
      const event = this.find(name, fits, from);
      if (event) return event.args;
      const left = end - Date.now();
      if (left <= 0) {
        const names = this.heard.slice(from).map((one) => one.name);
        throw new assert.AssertionError({
          message: `${name} was not heard in ${patience} ms; heard: ${[...new Set(names)].join(' ') || 'nothing'}`,
        });
      }
      await new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          this.waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, left);
        this.waiting.add(done);
      });
    }
  }
}

const clients = new Set();

/** Checks that have not passed. */
let open = 0;

/** A client of the published SDK that is not connected yet. */
export class Client extends Ear {
  constructor(app, { url = server(), session, cache = CACHED } = {}) {
    super();
    const host = `${url}/apps/${app}`;
    this.chat = SendbirdChat.init({
      appId: app,
      newInstance: true,
      customApiHost: host,
      customWebSocketHost: host.replace(/^http/, 'ws'),
      modules: [new GroupChannelModule(), new OpenChannelModule()],
      localCacheEnabled: cache,
      logLevel: 5,
    });
    this.chat.groupChannel.addGroupChannelHandler(
      'ear', new GroupChannelHandler(this.listener([...CHANNEL, ...GROUP])),
    );
    this.chat.openChannel.addOpenChannelHandler(
      'ear', new OpenChannelHandler(this.listener([...CHANNEL, ...OPEN], 'open.')),
    );
    this.chat.addConnectionHandler('ear', new ConnectionHandler(this.listener(CONNECTION)));
    this.chat.addUserEventHandler('ear', new UserEventHandler(this.listener(USER)));
    if (session) {
      const names = ['onSessionExpired', 'onSessionError', 'onSessionRefreshed', 'onSessionClosed'];
      this.chat.setSessionHandler(
        new SessionHandler({
          ...this.listener(names),
          onSessionTokenRequired: (resolve, reject) => {
            this.hear('onSessionTokenRequired', []);
            Promise.resolve(session()).then(resolve, reject);
          },
        }),
      );
    }
    clients.add(this);
  }

  get groups() {
    return this.chat.groupChannel;
  }

  get opens() {
    return this.chat.openChannel;
  }

  get id() {
    return this.chat.currentUser?.userId;
  }

  /** The group channel as this client sees it. */
  channel(url) {
    return this.groups.getChannel(url);
  }

  /** Sends a text, and gives the message as it was stored. */
  async say(channel, message, more = {}) {
    return sent((await this.channel(channel.url ?? channel)).sendUserMessage({ message, ...more }));
  }
}

/** A client that is connected as that user. */
export async function connected(app, user, { token, ...more } = {}) {
  const client = new Client(app, more);
  await client.chat.connect(user, token);
  return client;
}

/** The message of a request handler once it succeeded. */
export function sent(handler) {
  return new Promise((resolve, reject) => {
    handler.onSucceeded(resolve).onFailed((error, message) => reject(Object.assign(error, { failed: message })));
  });
}

/** Asserts that the SDK was refused with that number. */
export async function refused(promise, ...codes) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    assert.ok(codes.includes(error.code), `refused with ${error.code} (${error.message}), not with ${codes.join(', ')}`);
    return error;
  }
  return assert.fail(`not refused; the answer is ${JSON.stringify(value)?.slice(0, 200)}`);
}

/** The address of the server under test. */
export function server() {
  const url = process.env.MYNAH_URL;
  assert.ok(url, 'MYNAH_URL tells where the server is; `node run.js` sets it');
  return url;
}

/** The Platform API, as a backend calls it. */
export async function platform(app, method, path, body, url = server()) {
  const response = await fetch(`${url}/apps/${app}/v3${path}`, {
    method,
    headers: { 'Api-Token': 'any', 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

/** A check with a name; it may take ten seconds unless it says more. */
export function check(name, body, timeout = 10_000) {
  open += 1;
  test(name, { timeout }, async (context) => {
    await body(context);
    open -= 1;
  });
}




/** A name that nobody else uses, for an application of this subject alone. */
export function application(subject) {
  return `${subject}-${CACHED ? 'cached-' : ''}${process.pid}`;
}

/** A wire between a client and a server that can be cut and mended. */
export class Wire {
  static async to(url) {
    const wire = new Wire();
    wire.target = new URL(url);
    wire.ends = new Set();
    wire.isCut = false;
    wire.listener = net.createServer((near) => wire.join(near));
    await new Promise((resolve) => wire.listener.listen(0, '127.0.0.1', resolve));
    wire.url = `http://127.0.0.1:${wire.listener.address().port}`;
    return wire;
  }

  join(near) {
    if (this.isCut) return near.destroy();
    const far = net.connect(Number(this.target.port), this.target.hostname);
    for (const [end, other] of [[near, far], [far, near]]) {
      this.ends.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        this.ends.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
    return undefined;
  }

  cut() {
    this.isCut = true;
    for (const end of this.ends) end.destroy();
  }

  mend() {
    this.isCut = false;
  }

  close() {
    this.cut();
    this.listener.close();
  }
}

// A lost promise inside the SDK is a failure of ours to answer as it expects.
process.on('unhandledRejection', (reason) => {
  throw reason;
});

after(async () => {
  await Promise.race([Promise.allSettled([...clients].map((client) => client.chat.disconnect())), sleep(1000)]);
  // Clients that lost their server for good would keep the process alive.
  setTimeout(() => process.exit(open === 0 ? 0 : 1), 1000).unref();
});
