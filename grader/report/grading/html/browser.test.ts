/** The page of a class in a real browser: sorted, filtered, moved through by keyboard, on a phone, on paper. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gradedClass } from '../../../fixtures/grading/class.ts';
import { attacks, hostileClass } from '../../../fixtures/grading/hostile.ts';
import { classFigures } from '../figures.ts';
import { fileNames } from '../filenames.ts';
import { safeReport } from '../safe.ts';
import { classPage } from './page.ts';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (program === undefined) console.log('skipped: no chromium in /usr/bin (apt-get install chromium)');

/** Where to keep pictures of the page, to look at. */
const pictures = process.env.CRAFT_PICTURES;
const folder = mkdtempSync(join(tmpdir(), 'craft class ü-'));
const report = gradedClass({ students: 30 });
const paths = { class: '', large: '', evil: '', nobody: '' };
let browser: Browser;

function write(name: string, of: typeof report): string {
  const path = join(folder, `${name}.html`);
  writeFileSync(path, classPage(safeReport(of), fileNames(of.students)));
  return path;
}

beforeAll(async () => {
  if (program === undefined) return;
  paths.class = write('class', report);
  paths.large = write('large', gradedClass({ students: 300 }));
  paths.evil = write('evil', hostileClass(Object.values(attacks).join('')));
  paths.nobody = write('nobody', { ...report, students: [] });
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
  const viewport = { width: 1280, height: 900 };
  const context = await browser.newContext({ offline: true, viewport, ...options });
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
  await page.screenshot({ path: join(pictures, `class-${name}.png`), fullPage: true });
}

/** Ids of the students that are shown, in their order. */
function ids(page: Page): Promise<string[]> {
  return page.locator('#matrix tbody tr:not([hidden]) .id').allTextContents();
}

describe.skipIf(program === undefined)('in Chromium', () => {
  test('every cell has its points and a shape; nothing is asked of a network, nothing complains', async () => {
    const { page, complaints, asked } = await open(paths.class);
    await picture(page, 'light');
    expect(await ids(page)).toEqual(report.students.map(({ submission }) => submission.id));
    const cells = await page.locator('#matrix tbody td:not(:nth-child(2))').allTextContents();
    expect(cells).toHaveLength(30 * 17);
    for (const cell of cells) expect(cell).toMatch(/^[✓▲◐✗○](10|\d(\.\d)?) [a-z]|^[⊘?] [a-z]/);
    expect(complaints).toEqual([]);
    expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(paths.class).href]);
  });

  test('what needs a person comes first, with its reason, and leads to the student', async () => {
    const { page } = await open(paths.class);
    const sections = await page.locator('main > section[id]').evaluateAll((all) => all.map(({ id }) => id));
    expect(sections).toEqual(['attention', 'teaching', 'exercises', 'students', 'gates', 'graded']);
    const cards = await page.locator('#attention .card').allTextContents();
    expect(cards[0]).toMatch(/2 students refused\s+exercises\/0-poc\/01-queue\/queue\.ts is a symbolic link/);
    await page.locator('#attention .link').first().click();
    expect(await page.locator('#detail-title').textContent()).toMatch(/^s05 /);
  });

  test('the checks that most fail stand in order, with how many and who', async () => {
    const { page } = await open(paths.class);
    const [first] = classFigures(report).checks;
    const row = page.locator('#teaching tbody tr').first();
    expect(await row.textContent()).toContain(first?.title);
    expect(await row.locator('td').first().textContent()).toBe(String(first?.failed));
    await row.locator('summary').click();
    expect(await row.locator('.link').allTextContents()).toEqual(first?.students);
  });

  test('a column sorts by its points, the weakest first, and turned round', async () => {
    const { page } = await open(paths.class);
    const values = (): Promise<number[]> =>
      page
        .locator('#matrix tbody tr td:nth-child(3)')
        .evaluateAll((all) => all.map((cell) => Number(cell.getAttribute('data-value'))));
    const button = page.locator('[data-sort="0"]');
    await button.click();
    const rising = await values();
    expect(rising).toEqual([...rising].sort((a, b) => a - b));
    expect(await page.locator('th[aria-sort=ascending]').count()).toBe(1);
    await button.press('Enter');
    expect(await values()).toEqual([...rising].sort((a, b) => b - a));
    expect(await page.locator('th[aria-sort=descending]').textContent()).toContain('0.1');
    await page.locator('[data-sort=name]').click();
    expect(await ids(page)).toEqual(report.students.map(({ submission }) => submission.id));
  });

  test('filters: by text, by where they stop, by shape; and back', async () => {
    const { page } = await open(paths.class);
    await page.locator('#find').fill('S07@');
    expect(await ids(page)).toEqual(['s07']);
    expect(await page.locator('#shown').textContent()).toBe('1 of 30 students');
    await page.locator('#find').fill('nobody');
    expect(await ids(page)).toEqual([]);
    expect(await page.locator('#nobody').isVisible()).toBe(true);
    await page.locator('#clear').click();
    expect(await ids(page)).toHaveLength(30);
    await page.locator('.chip[data-state=rejected]').press('Space');
    expect(await ids(page)).toEqual(['s05', 's18']);
    await page.locator('#clear').click();
    const stops = classFigures(report).exercises.findIndex(({ stopped }) => stopped > 0);
    await page.locator('#stop').selectOption(String(stops));
    expect(await ids(page)).toHaveLength(classFigures(report).exercises[stops]?.stopped ?? -1);
  });

  test('the keyboard goes through the matrix and back, and opens what stands behind a cell', async () => {
    const { page } = await open(paths.class);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the students');
    // The matrix is one stop of the Tab key.
    expect(await page.locator('#matrix tbody [tabindex="0"]').count()).toBe(1);
    await page.locator('[data-sort="16"]').focus();
    await page.keyboard.press('Tab');
    const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent');
    expect(await focused()).toContain('s01');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowUp'])
      await page.keyboard.press(key);
    const at = await page.evaluate(
      '[document.activeElement.closest("tr").rowIndex, document.activeElement.cellIndex]',
    );
    expect(at).toEqual([2, 2]);
    await page.keyboard.press('Enter');
    expect(await page.locator('#detail-title').textContent()).toBe('s02: 0.1 A bounded queue');
    await page.keyboard.press('Escape');
    expect(await page.locator('#detail').isVisible()).toBe(false);
    expect(await page.evaluate('document.activeElement.cellIndex')).toBe(2);
    await page.keyboard.press('Control+End');
    expect(await page.evaluate('document.activeElement.closest("tr").dataset.row')).toBe('29');
    await page.keyboard.press('Home');
    expect(await focused()).toContain('s30');
  });

  test('a failed cell says what failed, and where every message is', async () => {
    const { page } = await open(paths.class);
    const student = report.students.findIndex(({ records }) =>
      records.some(({ verdict }) => verdict === 'TEST_FAIL'),
    );
    const records = report.students[student]?.records ?? [];
    const exercise = records.findIndex(({ verdict }) => verdict === 'TEST_FAIL');
    const failed = records[exercise]?.checks.find(({ status }) => status === 'failed');
    await page.locator(`#matrix tr[data-row="${student}"] > :nth-child(${exercise + 3})`).click();
    const text = await page.locator('#detail').textContent();
    expect(text).toContain(failed?.title);
    expect(text).toContain(failed?.message);
    const id = report.students[student]?.submission.id;
    expect(await page.locator('#detail a').getAttribute('href')).toBe(`gradescope/${id}.json`);
    await picture(page, 'detail');
    await page.getByRole('button', { name: `All of ${id}` }).click();
    expect(await page.locator('#detail li').count()).toBe(17);
  });

  test('what students wrote is never run, and never leaves its place', async () => {
    const { page, complaints } = await open(paths.evil);
    await page.locator('#matrix tbody tr').first().locator('td').nth(2).click();
    await picture(page, 'evil');
    expect(await page.title()).toBe('Systems, autumn 2026 · graded by craft');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('#detail pre').first().textContent()).toContain('</script><script>');
    for (const link of await page.locator('a').all()) {
      expect(await link.getAttribute('href')).toMatch(/^(#|gradescope\/[\w.-]+\.json$|[\w.]+$)/);
    }
    expect(complaints).toEqual([]);
  });

  test('light and dark, by the system and by the button', async () => {
    const { page } = await open(paths.class, { colorScheme: 'dark' });
    const background = (): Promise<string> =>
      page.evaluate("getComputedStyle(document.querySelector('#matrix td.passed')).backgroundColor");
    const dark = await background();
    await picture(page, 'dark');
    await page.locator('#theme').click();
    expect(await background()).not.toBe(dark);
  });

  test.each([
    [390, 'class'],
    [1280, 'class'],
    [390, 'large'],
    [390, 'evil'],
    [390, 'nobody'],
  ] as const)('nothing is wider than a screen of %i pixels: %s', async (width, name) => {
    const { page } = await open(paths[name], { viewport: { width, height: 844 } });
    const wide = (): Promise<number> => page.evaluate('document.documentElement.scrollWidth');
    expect(await wide()).toBeLessThanOrEqual(width);
    await picture(page, `${name}-${width}`);
    await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');
    expect(await wide()).toBeLessThanOrEqual(width);
  });

  test('the head and the first column stay in sight', async () => {
    for (const viewport of [
      { width: 390, height: 844 },
      { width: 1280, height: 900 },
    ]) {
      const { page } = await open(paths.large, { viewport });
      const cell = page.locator('#matrix tbody tr').nth(250).locator('td').last();
      await cell.scrollIntoViewIfNeeded();
      const boxes = await Promise.all(
        [cell, page.locator('#matrix thead th').last()].map((each) => each.boundingBox()),
      );
      const [at, head] = boxes;
      expect(head?.y).toBeGreaterThanOrEqual(0);
      expect((head?.y ?? 0) + (head?.height ?? 0)).toBeLessThanOrEqual((at?.y ?? 0) + 1);
      const first = await page.locator('#matrix tbody tr').nth(250).locator('th').boundingBox();
      expect(first?.x).toBeGreaterThanOrEqual(0);
    }
  });

  test('it prints in light: every student, no tools', async () => {
    const { page } = await open(paths.class, { colorScheme: 'dark', viewport: { width: 1040, height: 720 } });
    await page.emulateMedia({ media: 'print', colorScheme: 'light' });
    await picture(page, 'print');
    expect(await page.locator('.tools').isVisible()).toBe(false);
    const matrix = await page.locator('.matrix').evaluate((each) => [each.scrollWidth, each.clientWidth]);
    expect(matrix[0]).toBeLessThanOrEqual((matrix[1] ?? 0) + 1);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.length).toBeGreaterThan(30_000);
  });
});
