/** The HTML report in a real browser. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeLineMap } from '../fixtures/line-map.ts';
import { pyca } from './pyca.ts';

const BROWSERS = ['chromium', 'google-chrome', 'chromium-browser'];
const browser = BROWSERS.find((name) => spawnSync(name, ['--version']).status === 0);

/** One page, driven over the DevTools protocol. */
class Page {
  /** What the page complained of, or tried to fetch from elsewhere. */
  readonly faults: string[] = [];
  #socket: WebSocket;
  #child: ChildProcess;
  #waiting = new Map<number, (result: { result?: { value: unknown } }) => void>();
  #loaded: (() => void) | undefined;
  #id = 0;

  static async open(command: string, profile: string): Promise<Page> {
    const options = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-port=0',
      '--window-size=900,600',
    ];
    const child = spawn(command, [...options, `--user-data-dir=${profile}`, 'about:blank'], { stdio: 'pipe' });
    const address = await new Promise<string>((resolve, reject) => {
      let output = '';
      child.once('exit', () => reject(new Error(output)));
      child.stderr.on('data', (chunk) => {
        output += chunk;
        const found = /DevTools listening on (\S+)/.exec(output)?.[1];
        if (found) resolve(found);
      });
    });
    const pages = await (await fetch(`http://${new URL(address).host}/json/list`)).json();
    const socket = new WebSocket((pages as { webSocketDebuggerUrl: string }[])[0]?.webSocketDebuggerUrl as string);
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    const page = new Page(child, socket);
    for (const domain of ['Runtime', 'Log', 'Page', 'Network']) await page.#send(`${domain}.enable`);
    return page;
  }

  private constructor(child: ChildProcess, socket: WebSocket) {
    this.#child = child;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(data)));
  }

  async go(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    await this.#send('Page.navigate', { url });
    await loaded;
  }

  async evaluate(expression: string): Promise<unknown> {
    return (await this.#send('Runtime.evaluate', { expression })).result?.value;
  }

  async press(key: string): Promise<void> {
    await this.#send('Input.dispatchKeyEvent', { type: 'keyDown', text: key, key });
    await this.#send('Input.dispatchKeyEvent', { type: 'keyUp', key });
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  #send(method: string, params: object = {}): Promise<{ result?: { value: unknown } }> {
    return new Promise((resolve) => {
      this.#waiting.set(++this.#id, resolve);
      this.#socket.send(JSON.stringify({ id: this.#id, method, params }));
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: the protocol's own
  #hear({ id, result, method, params }: any): void {
    if (id) this.#waiting.get(id)?.(result ?? {});
    if (method === 'Page.loadEventFired') this.#loaded?.();
    if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded') this.faults.push(JSON.stringify(params));
    const url: string = params?.request?.url ?? '';
    if (method === 'Network.requestWillBeSent' && !/^(file|data):/.test(url)) this.faults.push(url);
  }
}

describe.skipIf(!browser)('in Chromium [needs chromium]', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'pyca-html-'));
  let page: Page;
  let index: string;

  beforeAll(async () => {
    const evil = 'x = "</script><script>window.hacked = 1</script><img src=x onerror=hacked=1>"\n';
    const map = (path: string, lines: string, source?: string) =>
      writeLineMap(join(cwd, 'data'), { path: join(cwd, path), root: cwd, lines, ...(source && { source }) });
    map('a/"><img src=x onerror=hacked=1>.py', '+-', evil.repeat(2));
    map('b/large.py', Array.from({ length: 20_000 }, (_, i) => (i % 1000 === 500 ? '-' : '+')).join(''));
    map('c/done.py', '++');
    const { stdout } = await pyca(['report', 'data', '--format', 'html', '--json'], { cwd });
    index = pathToFileURL(JSON.parse(stdout).output).href;
    page = await Page.open(browser as string, join(cwd, 'profile'));
  });
  afterAll(async () => {
    await page?.close();
    rmSync(cwd, { recursive: true, force: true, maxRetries: 5 });
  });

  const order = () =>
    page.evaluate('[...document.querySelectorAll("tbody tr:not([hidden])")].map((row) => row.innerText[0]).join("")');

  test('the first page sorts and filters', async () => {
    await page.go(index);
    expect(await order()).toBe('abc');
    await page.evaluate('document.querySelector("[data-key=missing] button").click()');
    expect(await order()).toBe('bac');
    await page.evaluate('document.querySelector("[data-key=missing] button").click()');
    expect(await order()).toBe('cab');
    await page.press('/');
    for (const key of 'large') await page.press(key);
    expect(await order()).toBe('b');
    expect(await page.evaluate('document.querySelector("#shown").textContent')).toBe('1 of 3 files');
    await page.evaluate('filter.value = ""; incomplete.click()');
    expect(await order()).toBe('ab');
  });

  test('n and p go from gap to gap of 20,000 lines, around the ends', async () => {
    await page.go(index);
    const href = await page.evaluate('[...document.links].find((link) => link.textContent.includes("large")).href');
    await page.go(href as string);
    const visited: unknown[] = [];
    for (const key of 'nnpp') {
      await page.press(key);
      visited.push(await page.evaluate('document.activeElement.id'));
      const seen = 'document.activeElement.getBoundingClientRect().top';
      expect(await page.evaluate(`${seen} > 0 && ${seen} < innerHeight`)).toBe(true);
    }
    expect(visited).toEqual(['L501', 'L1501', 'L501', 'L19501']);
    expect(await page.evaluate('document.querySelector("#place").textContent')).toBe('20 of 20');
  });

  test('hostile names and sources stay text, nothing is fetched from elsewhere, nothing is complained of', async () => {
    await page.go(index);
    const href = await page.evaluate('document.links[0].href');
    await page.go(href as string);
    expect(await page.evaluate('document.querySelector("h1").textContent')).toBe('a/"><img src=x onerror=hacked=1>.py');
    expect(await page.evaluate('document.querySelector("#L1 code").textContent')).toContain(
      '</script><script>window.hacked',
    );
    expect(await page.evaluate('typeof window.hacked + document.images.length')).toBe('undefined0');
    expect(page.faults).toEqual([]);
  });
});
