// Ada and Bo chat through the example for UIKit React, each in a window of a browser of their own:
//
//   MYNAH_BIN=target/debug/mynah node run.js
//
// Pictures of both windows after each step go to the folder MYNAH_PICTURES, or a temporary one.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Process } from '../node-chat/process.js';
import { OF_THE_SDK, inVain, unexplained } from '../node-chat/report.js';
import { Browser, Example, PATIENCE, assert, gone, reads } from './kit.js';

/** How many failures end the story. */
const ENOUGH = 3;
/** How soon a window shows what somebody without one does, in milliseconds. */
const AT_ONCE = 200;

/** What UIKit sends that changes nothing here. */
const EXCEPTIONS = { ...OF_THE_SDK, 'there are no subchannels': ['getMessageGap show_subchannel_messages_only'] };

const pictures = process.env.MYNAH_PICTURES ?? await mkdtemp(path.join(tmpdir(), 'mynah-pictures-'));
const data = await mkdtemp(path.join(tmpdir(), 'mynah-browser-'));
const mynah = await Process.on(data);
process.on('exit', () => mynah.child.kill('SIGKILL'));
const example = await Example.start();
const browser = await Browser.start();

/** The Platform API, as a backend calls it. */
async function backend(method, route, body) {
  const response = await fetch(`${mynah.url}/v3${route}`, {
    method,
    headers: { 'Api-Token': 'any', 'App-Id': 'mynah', 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  assert.ok(response.ok, `${method} ${route}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const say = (user, channel, message, more) =>
  backend('POST', `/group_channels/${channel}/messages`, { message_type: 'MESG', user_id: user, message, ...more });

/** Cy has no window: Mynah acts for him. */
async function cy(deed, more) {
  const response = await fetch(`${mynah.url}/_mynah/actors?application=mynah`, {
    method: 'POST',
    body: JSON.stringify({ as: 'cy', do: deed, channel: 'porch', ...more }),
  });
  assert.ok(response.ok, `${deed}: ${response.status} ${await response.text()}`);
}

for (const [user_id, nickname] of [['ada', 'Ada'], ['bo', 'Bo'], ['cy', 'Cy']]) {
  await backend('POST', '/users', { user_id, nickname, profile_url: '' });
}
for (const [channel_url, name] of [['garden', 'Garden'], ['lobby', 'Lobby']]) {
  await backend('POST', '/group_channels', { channel_url, name, user_ids: ['ada', 'bo'], operator_ids: ['ada'] });
  await say('bo', channel_url, `Welcome to the ${channel_url}`);
}

let [passed, failed] = [0, 0];

/** One step of the story. It goes on when one fails; after a few that did there is nothing more to learn. */
async function step(name, body) {
  if (failed === ENOUGH) return;
  let why;
  try {
    await body();
    for (const person of browser.people) {
      const troubles = person.troubles.splice(0);
      assert.deepEqual(troubles, [], `${person.name}'s window: ${troubles.join('; ')}`);
    }
  } catch (error) {
    why = error;
  }
  const number = String(passed + failed + 1).padStart(2, '0');
  for (const person of browser.people) {
    await person.look(path.join(pictures, `${number} ${name} (${person.name}).png`)).catch(() => {});
  }
  if (why) {
    failed += 1;
    console.log(`FAILED ${name}: ${why.message.split('\n').slice(0, 6).join(' ')}`);
    if (process.env.MYNAH_VERBOSE) console.log(why.stack);
  } else {
    passed += 1;
    if (process.env.MYNAH_VERBOSE) console.log(`ok ${name}`);
  }
}

const ada = await browser.open('ada', example, mynah);
const bo = await browser.open('bo', example, mynah);
const windows = [ada, bo];
const THUMBS_UP = 'sendbird_emoji_thumbsup';

await step('both see their channels, the latest first', async () => {
  for (const person of windows) {
    await person.line('Lobby').getByText('Welcome to the lobby').waitFor();
    await person.line('Garden').getByText('Welcome to the garden').waitFor();
    assert.deepEqual(await person.channels.allTextContents(), ['Lobby', 'Garden']);
  }
});

await step('a channel that was not read has a badge', async () => {
  await reads(ada.badge('Garden'), '1');
  assert.equal(await bo.badge('Garden').count(), 0, 'Bo wrote it himself');
});

await step('a channel opens, and is read', async () => {
  await ada.enter('Garden');
  await ada.message('Welcome to the garden').waitFor();
  await gone(ada.badge('Garden'));
  for (const person of windows) {
    await person.enter('Lobby');
    await person.message('Welcome to the lobby').waitFor();
  }
});

await step('what Ada sends arrives at Bo, and his answer at her', async () => {
  await ada.say('Lunch?');
  await bo.message('Lunch?').getByText('Ada', { exact: true }).waitFor();
  await bo.say('At one.');
  await ada.message('At one.').getByText('Bo', { exact: true }).waitFor();
  await ada.line('Lobby').getByText('At one.').waitFor();
});

await step('Ada sees that Bo has read', async () => {
  await ada.sign(ada.message('Lunch?'), 'read').waitFor();
});

await step('typing is shown, and goes away', async () => {
  await bo.type('Well, perhaps');
  await ada.conversation.getByText('Bo is typing...').waitFor();
  await bo.page.keyboard.press('Enter');
  await ada.message('Well, perhaps').waitFor();
  await gone(ada.conversation.getByText('Bo is typing...'));
});

await step('a reaction is counted, and taken back', async () => {
  await bo.react(bo.message('Lunch?'), THUMBS_UP);
  await reads(ada.reactions(ada.message('Lunch?')), '1');
  await ada.reactions(ada.message('Lunch?')).click();
  await reads(bo.reactions(bo.message('Lunch?')), '2');
  await bo.reactions(bo.message('Lunch?')).click();
  await reads(ada.reactions(ada.message('Lunch?')), '1');
  await ada.reactions(ada.message('Lunch?')).click();
  await gone(bo.reactions(bo.message('Lunch?')));
});

await step('a reply in a thread is counted under its message', async () => {
  await bo.choose(bo.message('Lunch?'), 'Reply in thread');
  await bo.thread.getByText('Lunch?').waitFor();
  await bo.say('Pizza', bo.threadInput);
  await bo.reply('Pizza').waitFor();
  await reads(ada.replies(ada.message('Lunch?')), '1 reply');
  await reads(bo.replies(bo.message('Lunch?')), '1 reply');
});

await step('the other opens the thread and answers in it', async () => {
  await ada.replies(ada.message('Lunch?')).click();
  await ada.reply('Pizza').waitFor();
  await ada.say('Again?', ada.threadInput);
  await bo.reply('Again?').getByText('Ada', { exact: true }).waitFor();
  for (const person of windows) {
    await reads(person.replies(person.message('Lunch?')), '2 replies');
    await reads(person.thread.locator('.sendbird-thread-ui__reply-counts'), '2 replies');
    assert.equal(await person.reply('').count(), 2, `${person.name} sees each reply once`);
  }
});

await step('a reaction to a reply is seen in the thread', async () => {
  await ada.react(ada.reply('Pizza'), THUMBS_UP);
  await reads(bo.reactions(bo.reply('Pizza')), '1');
  assert.equal(await bo.reply('').count(), 2, 'each reply once');
});

await step('a deleted reply leaves the thread and the count', async () => {
  await ada.choose(ada.reply('Again?'), 'Delete');
  await ada.confirm('Delete');
  await gone(bo.reply('Again?'));
  for (const person of windows) {
    await reads(person.replies(person.message('Lunch?')), '1 reply');
    await person.closeThread();
  }
});

await step('an edit is seen by the other', async () => {
  await ada.choose(ada.message('Lunch?'), 'Edit');
  await ada.type(' Or tea?', ada.editor);
  await ada.conversation.getByRole('button', { name: 'Save' }).click();
  await bo.message('Lunch? Or tea?').getByText('(edited)').waitFor();
  await reads(bo.replies(bo.message('Lunch? Or tea?')), '1 reply');
});

await step('a deletion is seen by the other', async () => {
  await ada.say('Never mind');
  await bo.message('Never mind').waitFor();
  await ada.choose(ada.message('Never mind'), 'Delete');
  await ada.confirm('Delete');
  for (const person of windows) {
    await gone(person.message('Never mind'));
    await person.line('Lobby').getByText('Pizza').waitFor();
  }
});

await step('a picture is sent, shown small, and opens large', async () => {
  await ada.attach(await ada.picture('tulips.png', 640, 480));
  const small = bo.conversation.locator('.sendbird-thumbnail-message-item-body');
  await small.locator('.sendbird-thumbnail-message-item-body__thumbnail').waitFor();
  assert.ok((await bo.size(small.locator('img').first()))[0] > 0);
  await small.click();
  const large = bo.page.locator('.sendbird-fileviewer');
  await large.getByText('tulips.png').waitFor();
  assert.deepEqual(await bo.size(large.locator('img.sendbird-fileviewer__content__img')), [640, 480]);
  await large.locator('.sendbird-fileviewer__header__right__actions__close').click();
  await gone(large);
});

await step('another file is shown by its name', async () => {
  await bo.attach({ name: 'menu.txt', mimeType: 'text/plain', buffer: Buffer.from('pizza, pizza') });
  await ada.conversation.locator('.sendbird-file-message-item-body').getByText('menu.txt').waitFor();
});

await step('messages elsewhere raise a badge, and opening takes it away', async () => {
  await ada.enter('Garden');
  await ada.say('Roses');
  await reads(bo.badge('Garden'), '1');
  await ada.say('And tulips');
  await reads(bo.badge('Garden'), '2');
  await bo.line('Garden').getByText('And tulips').waitFor();
  assert.deepEqual(await bo.channels.allTextContents(), ['Garden', 'Lobby'], 'the latest comes first');
  await bo.enter('Garden');
  await bo.message('And tulips').waitFor();
  await gone(bo.badge('Garden'));
});

await step('a channel that Ada makes appears at Bo', async () => {
  await ada.page.locator('.sendbird-channel-header .sendbird-icon-create').click();
  const modal = ada.page.locator('.sendbird-modal');
  await modal.getByText('Group', { exact: true }).click();
  const other = modal.locator('.sendbird-user-list-item').filter({ hasText: 'Bo' });
  await other.locator('.sendbird-checkbox--checkmark').click();
  await modal.getByRole('button', { name: 'Create' }).click();
  await gone(modal);
  await ada.isIn('Bo');
  await ada.say('A new place');
  await reads(bo.badge('Ada'), '1');
  await bo.enter('Ada');
  await bo.message('A new place').waitFor();
});

await step('what the backend does is seen at once', async () => {
  for (const person of windows) await person.enter('Lobby');
  await backend('POST', '/group_channels/lobby/messages', { message_type: 'ADMM', message: 'Closing at ten' });
  for (const person of windows) await person.conversation.getByText('Closing at ten').waitFor();
  await backend('PUT', '/group_channels/lobby', { name: 'Foyer' });
  for (const person of windows) await person.line('Foyer').waitFor();
  await backend('PUT', '/group_channels/lobby', { name: 'Lobby' });
  for (const person of windows) await person.line('Lobby').waitFor();
});

await step('who is muted cannot write, until it is lifted', async () => {
  await ada.openSettings();
  await ada.settings.getByText('Members', { exact: true }).click();
  await ada.chooseFor('Bo', 'Mute');
  await bo.silenced(true);
  await ada.chooseFor('Bo', 'Unmute');
  await bo.silenced(false);
});

await step('a frozen channel is open to its operator alone', async () => {
  await ada.settings.getByTestId('sendbird-input-toggle-button').click();
  await bo.silenced(true);
  await ada.say('Only I speak');
  await bo.message('Only I speak').waitFor();
  await ada.settings.getByTestId('sendbird-input-toggle-button').click();
  await bo.silenced(false);
});

await step('who joins and who leaves is counted', async () => {
  await backend('POST', '/group_channels/lobby/invite', { user_ids: ['cy'] });
  for (const person of windows) await reads(person.members('Lobby'), '3');
  await backend('PUT', '/group_channels/lobby/leave', { user_ids: ['cy'] });
  for (const person of windows) await reads(person.members('Lobby'), '2');
});

await step('a second window of Ada goes along', async () => {
  const second = await browser.open('ada', example, mynah, 'ada, second window');
  await second.enter('Lobby');
  await second.message('Only I speak').waitFor();
  await second.say('From my telephone');
  for (const person of windows) await person.message('From my telephone').waitFor();
  await ada.message('From my telephone').and(ada.page.locator(':has(.outgoing)')).waitFor();
  await browser.leave(second);
});

await step('what the other user says by Mynah shows at once', async () => {
  await backend('POST', '/group_channels', { channel_url: 'porch', name: 'Porch', user_ids: ['ada', 'cy'] });
  await cy('send', { text: 'Is anybody in?' });
  await ada.enter('Porch');
  await ada.message('Is anybody in?').getByText('Cy', { exact: true }).waitFor();
  const took = [];
  // The best of a few, since the machine may be busy with something else.
  for (let number = 1; number <= 7; number += 1) {
    const text = `Knock ${number}`;
    const shown = await ada.watch(text);
    const before = performance.timeOrigin + performance.now();
    await cy('send', { text });
    took.push(await shown() - before);
    await ada.message(text).waitFor();
  }
  took.sort((one, other) => one - other);
  console.log(`from the call to the bubble: ${took.map((each) => each.toFixed(0)).join(', ')} ms`);
  assert.ok(took[0] > 0 && took[0] <= AT_ONCE, `it took ${took[0]} ms`);
});

await step('and how he types, and that he has read', async () => {
  await cy('start_typing');
  await ada.conversation.getByText('Cy is typing...').waitFor();
  await cy('stop_typing');
  await gone(ada.conversation.getByText('Cy is typing...'));
  await ada.say('Who is there?');
  const question = ada.message('Who is there?');
  await ada.sign(question, 'sent').waitFor();
  await cy('deliver');
  await ada.sign(question, 'delivered').waitFor();
  await cy('read');
  await ada.sign(question, 'read').waitFor();
  await ada.enter('Lobby');
});

// What is reported of a server ends with it.
const asked = await inVain(mynah.url);

await step('the server dies and comes back: both reconnect, and see what was sent meanwhile', async () => {
  await mynah.kill();
  await mynah.start();
  await say('bo', 'lobby', 'While you were away');
  for (const person of windows) await person.message('While you were away').waitFor({ timeout: 2 * PATIENCE });
  await ada.say('Back again');
  await bo.message('Back again').waitFor();
  await bo.say('So am I');
  await ada.message('So am I').waitFor();
});

await step('a page that is loaded anew shows the same', async () => {
  const before = await ada.texts();
  await ada.page.reload();
  await ada.enter('Lobby');
  await ada.message('So am I').waitFor();
  assert.deepEqual(await ada.texts(), before);
  await reads(ada.replies(ada.message('Lunch? Or tea?')), '1 reply');
});

await step('all that UIKit asks for is known', async () => {
  for (const each of await inVain(mynah.url)) asked.add(each);
  assert.deepEqual(unexplained(asked, EXCEPTIONS), []);
});

await browser.close();
example.stop();
await mynah.kill();
await rm(data, { recursive: true, force: true });
console.log(`pictures: ${pictures}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
