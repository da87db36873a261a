/** Files as they are found: torn, growing, with other line ends, and cut into blocks at the worst place. */
import { check, expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import { expectClosed, lineOf, openFiles, type Row, scanAll, write } from './lab.ts';

function rowsOf(count: number, tag: (i: number) => string): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    name: 'cpu',
    value: i,
    timestamp: i,
    tags: { t: tag(i) },
  }));
}

check('torn-line', 'a last line cut short by a crash is skipped and counted', async (context) => {
  const whole = rowsOf(3, (i) => `é${i}`);
  const last = Buffer.from(lineOf({ name: 'cpu', value: 9, timestamp: 9, tags: { t: 'é' } }));
  for (const keep of [1, 20, last.length - 6, last.length - 3]) {
    const path = write(
      context.scratch,
      Buffer.concat([Buffer.from(whole.map(lineOf).join('')), last.subarray(0, keep)]),
    );
    const cause =
      'after the last block, what is left without a newline is a line too: parse it, and count it when it is torn';
    const what = `a scan of three rows and ${keep} of ${last.length} bytes of a fourth`;
    const { metrics, rows, skipped } = await scanAll(context, path);
    expectEqual(`rows and skipped of ${what}`, { rows, skipped }, { rows: 3, skipped: 1 }, cause);
    expectEqual(`the metrics of ${what}`, metrics, whole, cause);
  }
  // Only the newline is missing: the line itself is whole.
  const path = write(
    context.scratch,
    Buffer.concat([Buffer.from(whole.map(lineOf).join('')), last.subarray(0, -1)]),
  );
  const { rows, skipped } = await scanAll(context, path);
  expectEqual(
    'rows and skipped of a scan of four rows, the last one whole but without its newline,',
    { rows, skipped },
    { rows: 4, skipped: 0 },
    'a last line that is a metric is a row, with or without a newline behind it',
  );
});

check('line-ends', 'CRLF and empty lines do no harm', async (context) => {
  const rows = rowsOf(3, () => 'x');
  const path = write(
    context.scratch,
    `\n${rows.map((row) => `${JSON.stringify(row)}\r\n`).join('\r\n')}\n  \t \n\n`,
  );
  const cause =
    'a line may end in \\r\\n; a line with nothing but white space is not a corrupt metric, so it does not count';
  expectEqual(
    'a file with CRLF, empty lines and a line of blanks',
    await scanAll(context, path),
    { metrics: rows, rows: 3, skipped: 0 },
    cause,
  );
});

check('line-separator', 'only \\n ends a line', async (context) => {
  const rows = ['a\u2028b', 'c\u2029d', 'e\u0085f', 'g\u000bh\u000ci'].map((t, i) => ({
    name: 'cpu',
    value: i,
    timestamp: i,
    tags: { t },
  }));
  // JSON.stringify escapes none of the first three.
  const path = write(context.scratch, rows);
  const cause =
    'U+2028 is allowed inside a JSON string, but newer versions of node:readline end a line there: split at "\\n" yourself';
  expectEqual(
    'rows with U+2028, U+2029 and U+0085 in a tag',
    await scanAll(context, path),
    { metrics: rows, rows: 4, skipped: 0 },
    cause,
  );
  const spaced = write(context.scratch, '{"name":\r"cpu",\r"value":1,"timestamp":1}\n', 'return.jsonl');
  expectEqual(
    'a line with a lone \\r between its fields',
    await scanAll(context, spaced),
    { metrics: [{ name: 'cpu', value: 1, timestamp: 1 }], rows: 1, skipped: 0 },
    'a lone \\r is white space in JSON, but node:readline ends a line there: split at "\\n" yourself',
  );
});

check('blocks', 'characters and lines cut between two reads stay whole', async (context) => {
  const { random } = context;
  // Four bytes a character and lines of every length: wherever a block ends, some row is hit in the middle.
  const rows = rowsOf(4_000, () => '🌡'.repeat(random.integer(0, 120)) + 'x'.repeat(random.integer(0, 3)));
  const scanned = await scanAll(context, write(context.scratch, rows));
  const firstBad = rows.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(scanned.metrics[i]));
  const cause = (): string =>
    JSON.stringify(scanned.metrics).includes('\ufffd')
      ? 'a character was decoded in halves: cut at "\\n" (byte 10) first, then decode whole lines'
      : 'the part behind the last newline of a block belongs to the first line of the next one: carry it over, as a copy';
  expectTrue(`a file of 4,000 rows: row ${firstBad} is wrong or missing`, firstBad === -1, {
    expected: JSON.stringify(rows[firstBad]),
    received: JSON.stringify(scanned.metrics[firstBad]) ?? 'no such row',
    cause,
  });
  const counts = { found: scanned.metrics.length, rows: scanned.rows, skipped: scanned.skipped };
  expectEqual('the counts', counts, { found: 4_000, rows: 4_000, skipped: 0 }, cause);
});

check('long-line', 'a line may be longer than a block', async (context) => {
  const rows = rowsOf(5, (i) => (i === 2 ? 'long 🌡 '.repeat(60_000) : 'short'));
  const { metrics, skipped } = await scanAll(context, write(context.scratch, rows));
  const lengths = metrics.map(({ tags }) => tags?.t?.length);
  const cause =
    'what stands behind the last newline of a block is kept for the next one; a block without any newline is added to what is kept';
  expectEqual(
    'characters in the tag of each of five rows, the third of them 480,000 (600 KB, more than a block),',
    lengths,
    rows.map(({ tags }) => tags?.t?.length),
    cause,
  );
  expectEqual('skipped, in a file with a line of 600 KB', skipped, 0, cause);
});

check(
  'growing',
  'a file that grows during the scan gives every old row once, and no half rows',
  async (context) => {
    const old = rowsOf(3_000, () => 'x'.repeat(60));
    const added = rowsOf(40, () => 'y'.repeat(60)).map((row) => ({ ...row, name: 'new' }));
    const text = added.map(lineOf).join('');
    // Pieces that end in the middle of lines: what a scan meets when a writer is at work.
    const pieces = Array.from({ length: 61 }, (_, i) =>
      text.slice(Math.floor((text.length * i) / 61), Math.floor((text.length * (i + 1)) / 61)),
    );
    const path = write(context.scratch, old);
    const driver = await context.subject.driver();
    const Result = z.object({ metrics: z.array(z.unknown()), skipped: z.number() });
    const { metrics, skipped } = shape(
      'the scan',
      await driver.call('collectWhileGrowing', path, pieces, 2_990),
      Result,
    );
    const cause =
      'every byte is read once and in order, and what stands behind the last newline of a block is kept for the next one';
    expectEqual(
      'the number of old rows',
      metrics.filter((row) => (row as Row).name === 'cpu').length,
      3_000,
      cause,
    );
    expectEqual('the old rows', metrics.slice(0, 3_000), old, cause);
    expectEqual(
      'the new rows that were seen',
      metrics.slice(3_000),
      added.slice(0, metrics.length - 3_000),
      cause,
    );
    expectTrue('lines were torn by the scan', skipped <= 1, {
      expected: 'skipped is 0, or 1 when the last line was not finished yet',
      received: `skipped is ${skipped}`,
      cause,
    });
  },
);

check(
  'early-exit',
  'a loop that is left early leaves no open file',
  async (context) => {
    // 8 MB, so that nobody gets to the end unnoticed; and short lines, with which readline fills its queue and stops.
    const path = write(context.scratch, lineOf({ name: 'cpu', value: 1, timestamp: 1 }).repeat(200_000));
    const driver = await context.subject.driver();
    await driver.call('takeOne', write(context.scratch, [], 'empty.jsonl')); // what a first scan opens for good is not counted
    const before = await openFiles(context);
    for (let i = 0; i < 5; i++) {
      if ((await driver.call('takeOne', path)) !== null) continue;
      fail({ summary: 'a scan of 200,000 rows gave none', expected: 'a first row', received: 'no row' });
    }
    const cause =
      'break and return end a generator at its yield: close the file in finally; closing a readline interface leaves its stream open';
    await expectClosed(context, before, 'after 5 loops that were left at the first row', cause);
  },
  { fresh: true },
);

check('two-scans', 'two scans at once do not disturb each other', async (context) => {
  const a = rowsOf(1_500, (i) => `a${i}`.padEnd(60));
  const b = rowsOf(1_700, (i) => `b${i}`.padEnd(80));
  const paths = [write(context.scratch, a, 'a.jsonl'), write(context.scratch, b, 'b.jsonl')];
  const driver = await context.subject.driver();
  const received = shape(
    'the rows',
    await driver.call('collectInTurn', paths),
    z.array(z.array(z.unknown())),
  );
  const wrong = [a, b].map((rows, i) =>
    rows.findIndex((row, at) => JSON.stringify(row) !== JSON.stringify(received[i]?.[at])),
  );
  expectEqual(
    'the first wrong row of each scan (-1: none)',
    wrong,
    [-1, -1],
    'when one scan alone is right (check blocks), a buffer or a counter is shared: keep it inside the function',
  );
  expectEqual(
    'the number of rows of each scan',
    received.map((rows) => rows.length),
    [1_500, 1_700],
  );
});
