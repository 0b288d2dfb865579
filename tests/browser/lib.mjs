// What the tests in a browser share: Chromium with scripting off, and somebody who reads, fills and follows its pages.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

/** Longest time for a page to come or a thing to appear on it, in milliseconds. */
const PATIENCE = 30_000;

/** The whole of one test. */
const TIME_LIMIT = 480_000;

/**
 * Plays the test that a script holds: `node script.mjs BASE-URL …`. Ends with 0, or tells what failed, on which page, and
 * where its picture is.
 */
export async function play(test) {
  const [base, ...more] = process.argv.slice(2);
  if (!base) fail(`usage: node ${basename(process.argv[1])} BASE-URL …`);
  const stage = new Stage(base);
  const limit = setTimeout(() => stage.end(new Error(`not done after ${TIME_LIMIT / 1000} s`)), TIME_LIMIT);
  await test(stage, ...more).then(() => stage.end(), (error) => stage.end(error));
  clearTimeout(limit);
}

/** Fails with these words unless it is so. */
export function must(so, words) {
  if (!so) throw new Error(words);
}

/** The shop under test, and the browsers that are open on it. */
class Stage {
  #closing = [];
  #visitors = [];
  #isOver = false;

  constructor(base) {
    this.base = base.replace(/\/$/, '');
  }

  /** Somebody with a browser of their own. With the folder of a profile, the browser remembers what it did with it before. */
  async visitor(profile) {
    profile ??= await this.profile();
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: program(),
      args: ['--disable-gpu', '--disable-quic'],
      javaScriptEnabled: false,
      locale: 'en-GB',
      viewport: { width: 1280, height: 900 },
    });
    this.#closing.push(() => context.close());
    context.setDefaultTimeout(PATIENCE);
    const visitor = new Visitor(this.base, context);
    this.#visitors.push(visitor);
    return visitor;
  }

  /** An empty folder for a browser's profile, gone after the test. */
  async profile() {
    const folder = await mkdtemp(join(tmpdir(), 'ironmonger-profile-'));
    this.#closing.unshift(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    return folder;
  }

  async end(error) {
    // Closing the browsers breaks off a test that took too long, which would then end once more.
    if (this.#isOver) return;
    this.#isOver = true;
    error ??= this.#visitors.map((visitor) => visitor.complaint()).find(Boolean);
    if (error) console.error(await this.#report(error));
    for (const close of this.#closing.reverse()) await close().catch(() => {});
    process.exit(error ? 1 : 0);
  }

  async #report(error) {
    const lines = [error.stack ?? error];
    for (const { page } of this.#visitors.filter(({ page }) => !page.isClosed())) {
      const picture = join(tmpdir(), 'ironmonger-browser', `${basename(process.argv[1], '.mjs')}-${process.pid}.png`);
      await mkdir(join(picture, '..'), { recursive: true });
      const taken = await page.screenshot({ path: picture, fullPage: true, timeout: 10_000 }).then(() => picture, String);
      const text = await page.locator('main').innerText({ timeout: 2_000 }).catch(() => '');
      lines.push(`on ${page.url()}: ${await page.title().catch(String)}`, `picture: ${taken}`, text);
    }
    return lines.join('\n');
  }
}

/** Somebody who can do only what a page offers. */
export class Visitor {
  #strays = [];
  #protocol;

  constructor(base, context) {
    this.base = base;
    this.context = context;
    this.page = context.pages()[0];
    // Nothing may be asked of another house, and nothing may be kept out by the page's own security policy.
    context.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(base).origin) this.#strays.push(`${this.page.url()} asks for ${request.url()}`);
    });
    context.on('response', (response) => {
      if (response.status() >= 500) this.#strays.push(`${response.url()} answers ${response.status()}`);
    });
    context.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) this.#strays.push(`${this.page.url()}: ${message.text()}`);
    });
  }

  /** What went wrong beside the pages' words, if anything. */
  complaint() {
    return this.#strays.length > 0 ? new Error(this.#strays.join('\n')) : undefined;
  }

  /** Lets scripts run, or no more. Only for looking at a page that has come without. */
  async scripting(allowed) {
    this.#protocol ??= await this.context.newCDPSession(this.page);
    // A protocol session passes on only what changes what it last said itself.
    await this.#protocol.send('Emulation.setScriptExecutionDisabled', { value: allowed });
    await this.#protocol.send('Emulation.setScriptExecutionDisabled', { value: !allowed });
  }

  /** Types an address. */
  visit(path) {
    return this.#go(() => this.page.goto(new URL(path, this.base).href));
  }

  /** Follows the first link with this text. */
  follow(text) {
    return this.#leave(this.page.getByRole('link', { name: text }).first());
  }

  /** Follows the first link that fits the selector. */
  followFirst(selector) {
    return this.#leave(this.page.locator(selector).first());
  }

  /** Presses the first button with this text. */
  press(text) {
    return this.#leave(this.page.getByRole('button', { name: text }).first());
  }

  /** Gives answers by the labels that stand above them: `fill({ Postcode: 'SY8 1AE' })`. */
  async fill(answers) {
    for (const [label, answer] of Object.entries(answers)) {
      const field = this.page.getByLabel(label, { exact: true });
      const kind = await field.evaluate((element) => element.localName);
      await (kind === 'select' ? field.selectOption({ label: answer }) : field.fill(answer));
    }
  }

  /** The text of the first element that fits. */
  async text(selector) {
    return plain(await this.page.locator(selector).first().innerText());
  }

  async texts(selector) {
    return (await this.page.locator(selector).allInnerTexts()).map(plain);
  }

  async says(words) {
    return (await this.text('body')).includes(words);
  }

  async mustSay(...all) {
    for (const words of all) must(await this.says(words), `the page does not say ${JSON.stringify(words)}`);
  }

  /** Waits for what the worker brings about, by asking the page again. */
  async mustSaySoon(words) {
    const until = Date.now() + PATIENCE;
    while (!(await this.says(words)) && Date.now() < until) {
      await new Promise((done) => setTimeout(done, 250));
      await this.#go(() => this.page.reload());
    }
    await this.mustSay(words);
  }

  /** The products on this page that can be bought, by name. */
  onSale() {
    return this.texts('.products li:not(:has(.out)) h3 a');
  }

  #leave(target) {
    return this.#go(async () => {
      const arrival = this.page.waitForNavigation();
      arrival.catch(() => {});
      await target.click();
      return arrival;
    });
  }

  async #go(action) {
    const response = await action();
    must(response, 'the browser went nowhere');
    must(response.status() < 500, `${response.url()} answers ${response.status()}`);
    must((await this.page.locator('script:not([type="application/ld+json"])').count()) === 0, `${response.url()} holds a script`);
    return response.status();
  }
}

function plain(text) {
  return text.replace(/\s+/g, ' ').trim();
}

/** Chromium's program: CHROMIUM, or where it usually is. */
function program() {
  const named = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/snap/bin'];
  const places = [
    ...named.flatMap((name) => folders.map((folder) => join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ];
  const found = process.env.CHROMIUM || places.find((place) => existsSync(place));
  return found ?? fail('There is no Chromium here. Run bin/test, which installs it, or set CHROMIUM to its program.');
}

function fail(words) {
  console.error(words);
  process.exit(1);
}
