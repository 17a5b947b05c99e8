// What the story needs: the example app as a newcomer starts it, a browser, and what a user sees of UIKit.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const here = path.dirname(new URL(import.meta.url).pathname);
// The packages may be installed elsewhere, as `cargo test` does.
const packages = process.env.MYNAH_PACKAGES ?? here;
const { chromium } = createRequire(path.join(packages, 'package.json'))('playwright-core');

/** How long a user would wait for something to show; the machine may be busy. */
export const PATIENCE = 30_000;

/** The example app, served by its own `npm start` on a free port. */
export class Example {
  static async start() {
    const example = new Example();
    const folder = process.env.MYNAH_EXAMPLE ?? path.join(here, '../../../examples/uikit-react');
    // It ends when its standard input does, so when this process does.
    example.child = spawn('npm', ['start', '--silent', '--', '--serve=127.0.0.1:0'], { cwd: folder, stdio: 'pipe' });
    example.url = await new Promise((resolve, reject) => {
      let said = '';
      const hear = (text) => {
        said += text;
        const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(said);
        if (url) resolve(url[0]);
      };
      example.child.stdout.on('data', hear);
      example.child.stderr.on('data', hear);
      example.child.on('error', reject);
      setTimeout(() => reject(new Error(`the example did not tell its address: ${said}`)), 2 * PATIENCE).unref();
      example.child.on('exit', () => reject(new Error(`the example did not start: ${said}`)));
    });
    // It bundles when it is first asked; then the first window need not wait for that.
    await (await fetch(`${example.url}app.js`)).text();
    return example;
  }

  stop() {
    this.child.stdin.end();
  }
}

/** The browser, and everybody who sits before a window of it. */
export class Browser {
  people = [];

  static async start() {
    const browser = new Browser();
    browser.chromium = await chromium.launch({
      timeout: 2 * PATIENCE,
      executablePath: process.env.MYNAH_CHROMIUM ?? '/usr/bin/chromium',
      // Debian's chromium as root, as in a container, cannot have a sandbox.
      args: process.getuid() === 0 ? ['--no-sandbox'] : [],
    });
    return browser;
  }

  /** Somebody opens the app in a window of a browser of their own. */
  async open(user, example, mynah, name = user) {
    const context = await this.chromium.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US' });
    context.setDefaultTimeout(PATIENCE);
    context.setDefaultNavigationTimeout(4 * PATIENCE);
    // Nothing of this needs the world outside.
    await context.route((url) => url.hostname !== '127.0.0.1', (route) => route.abort());
    const person = new Person(name, await context.newPage());
    this.people.push(person);
    await person.page.goto(`${example.url}?user=${user}&mynah=${new URL(mynah.url).host}`);
    return person;
  }

  /** Somebody closes the window. */
  async leave(person) {
    this.people.splice(this.people.indexOf(person), 1);
    await person.page.context().close();
  }

  async close() {
    await this.chromium.close();
  }
}

/** Somebody before the app: does what a user does, and waits for what a user sees. */
export class Person {
  /** What went wrong in this window beside what is seen. */
  troubles = [];

  constructor(name, page) {
    this.name = name;
    this.page = page;
    page.on('pageerror', (error) => this.troubles.push(`threw ${error.message}`));
    page.on('response', async (response) => {
      const request = response.request();
      const { pathname } = new URL(response.url());
      // The SDK knocks once before it connects, whatever the answer.
      if (response.status() < 400 || pathname === '/' || pathname === '/favicon.ico') return;
      const text = await response.text().catch(() => '');
      this.troubles.push(`${request.method()} ${pathname}: ${response.status()} ${text.slice(0, 200)}`);
    });
  }

  async look(file) {
    mkdirSync(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file });
  }

  // The list of channels.

  /** The line of a channel in the list. */
  line(channel) {
    const name = this.channels.filter({ hasText: whole(channel) });
    return this.page.locator('.sendbird-channel-preview').filter({ has: name });
  }

  /** The names of all channels, in their order. */
  get channels() {
    return this.page.getByTestId('sendbird-channel-preview__content__upper__header__channel-name');
  }

  /** How many members a channel's line tells. */
  members(channel) {
    return this.line(channel).locator('.sendbird-channel-preview__content__upper__header__total-members');
  }

  badge(channel) {
    return this.line(channel).locator('.sendbird-badge');
  }

  /** Opens a channel, which is there when its head tells so. */
  async enter(channel) {
    await this.line(channel).click();
    await this.isIn(channel);
  }

  async isIn(channel) {
    const head = this.page.locator('.sendbird-conversation__channel-header');
    await head.getByText(channel, { exact: true }).waitFor();
  }

  // The conversation.

  get conversation() {
    return this.page.locator('.sendbird-conversation');
  }

  /** The message of the conversation that says this, not one that quotes it. */
  message(text) {
    const body = this.page.locator('.sendbird-message-content__middle__message-item-body');
    return this.conversation.getByTestId('sendbird-message-view').filter({ has: body.filter({ hasText: text }) });
  }

  /**
   * Begins to look for a message of this text, and gives a function that waits until it is painted, and tells when that
   * was by the machine's clock.
   */
  async watch(text) {
    const watching = await this.page.evaluateHandle((text) => {
      const bodies = '.sendbird-conversation .sendbird-message-content__middle__message-item-body';
      const isThere = () => [...document.querySelectorAll(bodies)].some((body) => body.textContent.includes(text));
      const seen = new Promise((resolve) => {
        const observer = new MutationObserver(() => {
          if (!isThere()) return;
          observer.disconnect();
          requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
        });
        observer.observe(document.body, { childList: true, subtree: true, characterData: true });
      });
      return { seen };
    }, text);
    return () => watching.evaluate(({ seen }) => seen);
  }

  /** Whether a message of one's own was read by all others, or delivered, or sent only, as its sign tells. */
  sign(message, name) {
    const icons = {
      read: '.sendbird-icon-done-all.sendbird-icon-color--read',
      delivered: '.sendbird-icon-done-all:not(.sendbird-icon-color--read)',
      sent: '.sendbird-icon-done',
    };
    return message.locator(icons[name]);
  }

  get input() {
    return this.conversation.locator('#sendbird-message-input-text-field');
  }

  async type(text, input = this.input) {
    await input.click();
    await this.page.keyboard.type(text);
  }

  async say(text, input = this.input) {
    await this.type(text, input);
    await this.page.keyboard.press('Enter');
  }

  /** Where a message is edited. */
  get editor() {
    return this.conversation.locator('.sendbird-message-input__edit [role=textbox]');
  }

  /** Presses the button of a question that stands before everything else. */
  async confirm(button) {
    const question = this.page.locator('.sendbird-modal');
    await question.getByRole('button', { name: button, exact: true }).click();
    await gone(question);
  }

  /** All texts of the conversation, from first to last. */
  async texts() {
    return this.conversation.locator('.sendbird-message-content__middle__message-item-body').allTextContents();
  }

  /** Sends a file from the disk. */
  async attach(file) {
    await this.conversation.locator('.sendbird-message-input--attach-input').setInputFiles(file);
    await this.conversation.getByTestId('sendbird-message-input-send-button').click();
  }

  /** A picture that this browser draws. */
  async picture(name, width, height) {
    const url = await this.page.evaluate(([width, height]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const pen = canvas.getContext('2d');
      for (let x = 0; x < width; x += 40) {
        pen.fillStyle = `hsl(${x} 80% 50%)`;
        pen.fillRect(x, 0, 40, height);
      }
      return canvas.toDataURL('image/png');
    }, [width, height]);
    return { name, mimeType: 'image/png', buffer: Buffer.from(url.split(',')[1], 'base64') };
  }

  /** The size of a picture once it has come, as its file says. */
  async size(picture) {
    await picture.waitFor({ state: 'attached' });
    return picture.evaluate(async (image) => {
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    });
  }

  /** Chooses from the menu that shows on a message under the mouse. */
  async choose(message, item) {
    await message.hover();
    await message.locator('.sendbird-message-menu button').click();
    await this.page.getByTestId('sendbird-dropdown-menu').getByText(item, { exact: true }).click();
  }

  async react(message, emoji) {
    await message.hover();
    await message.locator('.sendbird-message-item-reaction-menu__trigger').click();
    await this.page.getByTestId(`ui_emoji_reactions_menu_${emoji}`).click();
  }

  /** How often a reaction was given to a message. */
  reactions(message) {
    return message.locator('.sendbird-emoji-reactions__reaction-badge .sendbird-reaction-badge__inner__count');
  }

  /** Waits until this one may not write, or may again. */
  async silenced(isSilenced) {
    await this.conversation.locator(`[role=textbox][aria-disabled=${isSilenced}]`).waitFor();
  }

  // The settings beside it.

  get settings() {
    return this.page.locator('.sendbird-app__settingspanel-wrap');
  }

  async openSettings() {
    await this.page.locator('.sendbird-chat-header__right__info').click();
    await this.settings.getByText('Channel information').waitFor();
  }

  /** Chooses from the menu that shows on a member under the mouse. */
  async chooseFor(member, item) {
    const line = this.settings.locator('.sendbird-user-list-item--small').filter({ hasText: member });
    await line.hover();
    await line.locator('.sendbird-user-list-item-menu button').click();
    await this.page.getByTestId('sendbird-dropdown-menu').getByText(item, { exact: true }).click();
  }

  // The thread beside it.

  get thread() {
    return this.page.locator('.sendbird-thread-ui');
  }

  get threadInput() {
    return this.thread.locator('[role=textbox]');
  }

  reply(text) {
    return this.thread.locator('.sendbird-thread-list .sendbird-thread-list-item').filter({ hasText: text });
  }

  async closeThread() {
    await this.thread.locator('.sendbird-thread-header .sendbird-icon-close').click();
    await gone(this.thread);
  }

  /** How many replies the conversation shows under a message. */
  replies(message) {
    return message.locator('.sendbird-ui-thread-replies__reply-counts');
  }
}

/** A text, and nothing beside it. */
function whole(text) {
  return new RegExp(`^\\s*${text}\\s*$`);
}

/** Waits until exactly this is read there. */
export async function reads(locator, text) {
  await locator.filter({ hasText: whole(text) }).first().waitFor();
}

export async function gone(locator) {
  await locator.first().waitFor({ state: 'detached' });
}

export { assert };
