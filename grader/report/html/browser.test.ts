/** The page in a real browser: drawn, usable by keyboard, in both themes, on a phone, without a network. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeReport } from '../../actions/report.ts';
import { initWorkspace } from '../../actions/workspace.ts';
import { fillWorkspace } from '../../fixtures/measurements.ts';
import { loadAssets } from './assets.ts';
import type { ReportData } from './data.ts';
import { reportPage } from './page.ts';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (program === undefined) console.log('skipped: no chromium in /usr/bin (apt-get install chromium)');

/** Where to keep pictures of the page, to look at. */
const pictures = process.env.CRAFT_PICTURES;
const folder = mkdtempSync(join(tmpdir(), 'craft page ü-'));
const place = { cwd: join(folder, 'metricstream'), onNotice: () => {} };
let browser: Browser;
let full: string;
let data: ReportData;
let empty: string;

beforeAll(async () => {
  if (program === undefined) return;
  await initWorkspace({ ...place, cwd: folder }, 'metricstream');
  empty = (await writeReport(place, { out: 'empty.html' })).path;
  await fillWorkspace({ root: place.cwd, state: join(place.cwd, '.craft') });
  ({ path: full, data } = await writeReport(place));
  const quiet = ['background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`);
  browser = await chromium.launch({
    executablePath: program,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', ...quiet],
  });
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  /** What the browser complained of, and every address that the page asked for. */
  readonly complaints: string[];
  readonly asked: string[];
}

async function open(path: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({
    offline: true,
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(path).href);
  return { page, complaints, asked };
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

/** For each chart, how many different colours its canvas has. What runs in the page is text: it knows no Node. */
function coloursOfCharts(page: Page): Promise<number[]> {
  return page.evaluate(`[...document.querySelectorAll('canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })`);
}

describe.skipIf(program === undefined)('in Chromium', () => {
  test('every chart is drawn, nothing is asked of a network, nothing complains', async () => {
    const { page, complaints, asked } = await open(full);
    const colours = await coloursOfCharts(page);
    await picture(page, 'light');
    expect(colours.length).toBe(await page.locator('.plot').count());
    expect(colours.length).toBeGreaterThan(8);
    expect(Math.min(...colours)).toBeGreaterThan(20);
    expect(complaints).toEqual([]);
    expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(full).href]);
  });

  test('the page of a student who has only begun has no chart and no complaint', async () => {
    const { page, complaints } = await open(empty);
    await picture(page, 'empty');
    expect(await page.locator('canvas').count()).toBe(0);
    expect(await page.locator('.empty').allTextContents()).toContainEqual(
      expect.stringContaining('npx craft bench 0.6'),
    );
    expect(complaints).toEqual([]);
  });

  test('what a student wrote is never run', async () => {
    const evil = '</script><img src=x onerror="document.title=1"><script>document.title=2</script>';
    const runs = data.runs.map((run) => ({ ...run, name: evil, target: evil }));
    const path = join(folder, 'evil.html');
    writeFileSync(path, reportPage({ ...data, runs, workspace: evil }, loadAssets()));
    const { page, complaints } = await open(path);
    expect(await page.title()).toContain('</script><img');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('h1').textContent()).toBe(evil);
    expect(await page.locator('#chart-sweep-p99 canvas').count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('the keyboard reaches every chart, moves its cursor and hears the values', async () => {
    const { page } = await open(full);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the figures');
    const reached = new Set<string>();
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate('document.activeElement.id'));
    }
    const plots = await page.locator('.plot').evaluateAll((all) => all.map(({ id }) => id));
    expect([...reached]).toEqual(expect.arrayContaining(plots));

    await page.locator('#chart-latency').focus();
    const spoken = page.locator('#spoken');
    const cursor = page.locator('#chart-latency .u-cursor-x');
    await page.keyboard.press('ArrowRight');
    expect(await spoken.textContent()).toMatch(/^p50\. #\d.* ms/);
    const before = await cursor.evaluate((element) => element.style.transform);
    await page.keyboard.press('End');
    expect(await spoken.textContent()).toMatch(/^p99\.99\. .*: [\d.]+ ms/);
    expect(await cursor.evaluate((element) => element.style.transform)).not.toBe(before);
    // Who sees reads the same beside the names.
    const values = await page.locator('figure:has(#chart-latency) .value').allTextContents();
    for (const value of values) expect(await spoken.textContent()).toContain(value);
    await picture(page, 'cursor');
    await page.keyboard.press('Escape');
    expect(await page.locator('figure:has(#chart-latency) .at').textContent()).toBe('');
  });

  test('the mouse shows the values too', async () => {
    const { page } = await open(full);
    await page.locator('#chart-sweep-rate .u-over').hover();
    expect(await page.locator('figure:has(#chart-sweep-rate) .at').textContent()).toMatch(/^\d+ clients$/);
  });

  test('dark and light differ, by the system and by the button, charts included', async () => {
    const { page } = await open(full, { colorScheme: 'dark' });
    const background = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.body).backgroundColor');
    const canvas = (): Promise<string> => page.evaluate("document.querySelector('canvas').toDataURL()");
    const dark = { background: await background(), canvas: await canvas() };
    await picture(page, 'dark');
    const button = page.locator('#theme');
    await button.click();
    expect(await button.textContent()).toBe('Theme: light');
    expect(await background()).not.toBe(dark.background);
    await expect.poll(canvas).not.toBe(dark.canvas);
    await button.click();
    expect(await button.textContent()).toBe('Theme: dark');
    expect(await background()).toBe(dark.background);
    await expect.poll(canvas).toBe(dark.canvas);
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await background()).toBe(dark.background);
  });

  test.each([360, 768])('nothing is wider than a screen of %i pixels', async (width) => {
    const { page } = await open(full, { viewport: { width, height: 740 }, deviceScaleFactor: 2 });
    const widths = (): Promise<number[]> =>
      page.evaluate(
        "[document.documentElement, ...document.querySelectorAll('canvas')].map((each) => each.scrollWidth)",
      );
    expect(Math.max(...(await widths()))).toBeLessThanOrEqual(width);
    await picture(page, `width-${width}`);
    for (const details of await page.locator('details').all()) await details.locator('summary').click();
    expect(Math.max(...(await widths()))).toBeLessThanOrEqual(width);
  });

  test('it prints in light, with its tables, within the paper', async () => {
    const { page } = await open(full, { colorScheme: 'dark' });
    const pdf = await page.pdf({
      format: 'A4',
      ...(pictures === undefined ? {} : { path: join(pictures, 'page.pdf') }),
    });
    expect(pdf.length).toBeGreaterThan(50_000);
    expect(await page.locator('details[open]').count()).toBe(0);
  });
});
