/** Which rows a scan gives. */
import { join } from 'node:path';
import { check, expectEqual } from '../../../harness/index.ts';
import { lineOf, type Row, scanAll, write } from './lab.ts';

const rows: Row[] = [
  { name: 'cpu', value: 10, timestamp: 1_000, tags: { host: 'web-1' } },
  { name: 'mem', value: 70, timestamp: 1_500 },
  { name: 'cpu', value: -5, timestamp: 2_000, tags: { host: 'web-2' } },
  { name: 'cpu', value: 0, timestamp: 3_000 },
];
const cpu = rows.filter(({ name }) => name === 'cpu');

check('by-name', 'scan gives the rows of one name, in the order of the file', async (context) => {
  const path = write(context.scratch, rows);
  const cause = 'rows come out as they were stored, tags included; compare name with query.name';
  expectEqual('scanning for "cpu"', (await scanAll(context, path, { name: 'cpu' })).metrics, cpu, cause);
  expectEqual(
    'scanning for "disk", which is not there,',
    (await scanAll(context, path, { name: 'disk' })).metrics,
    [],
  );
  const driver = await context.subject.driver();
  const plain = await driver.call('collectPlainly', path, { name: 'mem', start: 0, end: 9_999 });
  expectEqual('scan without the argument stats', plain, [rows[1]], 'stats is optional');
});

check('all-names', 'the name "all" stands for every name', async (context) => {
  const path = write(context.scratch, rows);
  const scanned = await scanAll(context, path);
  expectEqual('scanning for "all"', scanned.metrics, rows);
  expectEqual(
    'stats',
    { rows: scanned.rows, skipped: scanned.skipped },
    { rows: 4, skipped: 0 },
    'stats.rows counts the metrics that were read',
  );
});

check('time-range', 'start and end are both inclusive', async (context) => {
  const path = write(context.scratch, rows);
  const cases: [number, number, number[]][] = [
    [1_000, 2_000, [1_000, 2_000]],
    [1_001, 2_999, [2_000]],
    [2_000, 2_000, [2_000]],
    [3_001, 9_999, []],
  ];
  for (const [start, end, expected] of cases) {
    const { metrics } = await scanAll(context, path, { name: 'cpu', start, end });
    const received = metrics.map(({ timestamp }) => timestamp);
    const cause = 'a row exactly at start or at end belongs to the range: >= and <=';
    expectEqual(`timestamps of "cpu" from ${start} to ${end}`, received, expected, cause);
  }
});

check('value-range', 'min and max are inclusive, and each may be missing', async (context) => {
  const path = write(context.scratch, rows);
  const cases: [{ min?: number; max?: number }, number[]][] = [
    [{ min: 0 }, [10, 0]],
    [{ max: 0 }, [-5, 0]],
    [{ min: -5, max: -5 }, [-5]],
    [{ min: -4, max: 9 }, [0]],
    [{}, [10, -5, 0]],
  ];
  for (const [range, expected] of cases) {
    const { metrics } = await scanAll(context, path, { name: 'cpu', ...range });
    const received = metrics.map(({ value }) => value);
    const cause =
      '0 is a bound like any other: test min and max with === undefined, not with "if (query.min)"';
    expectEqual(`values of "cpu" with ${JSON.stringify(range)}`, received, expected, cause);
  }
});

check('literal-names', 'names are compared letter by letter', async (context) => {
  const names = ['cpu.load', 'cpuXload', 'cpu', 'cpu2', 'CPU', 'a+b(c', '"quoted"', '.*', 'naïve'];
  const path = write(
    context.scratch,
    names.map((name, i) => ({ name, value: i, timestamp: i })),
  );
  for (const name of names) {
    const { metrics } = await scanAll(context, path, { name });
    const cause = 'compare with ===: a pattern, a prefix or a search in the line finds other names too';
    expectEqual(
      `names found by scanning for ${JSON.stringify(name)}`,
      metrics.map((metric) => metric.name),
      [name],
      cause,
    );
  }
  // JSON may write a letter as an escape; it is the same name.
  const escaped = write(context.scratch, '{"name":"c\\u0070u","value":1,"timestamp":1}\n', 'escaped.jsonl');
  const { metrics } = await scanAll(context, escaped, { name: 'cpu' });
  expectEqual(
    'names in a line with "c\\u0070u"',
    metrics.map(({ name }) => name),
    ['cpu'],
    'compare after JSON.parse',
  );
});

check('missing-file', 'a file that is not there has no rows', async (context) => {
  for (const path of [join(context.scratch, 'nothing.jsonl'), write(context.scratch, '', 'empty.jsonl')]) {
    const what = path.endsWith('nothing.jsonl')
      ? 'scanning a file that is not there'
      : 'scanning an empty file';
    const cause = 'before the first metric is stored there is no file: the error code ENOENT means no rows';
    expectEqual(what, await scanAll(context, path, {}, cause), { metrics: [], rows: 0, skipped: 0 }, cause);
  }
});

/** Some of the bad lines are let in by code that means well. */
function whyWrong(line: string): string {
  if (line.includes('metrics'))
    return 'a line is one metric, never a batch: validate of 0.3 takes batches and fills in timestamps, so it cannot judge a line alone';
  if (line.includes('1e400'))
    return 'JSON.parse("1e400") is Infinity, and typeof that is "number": ask Number.isFinite';
  if (line === '{"name":"cpu","value":5}')
    return 'a line without a timestamp is not a metric; validate of 0.3 fills one in, which is right only at the front door';
  return 'JSON.parse throws on some of these lines and gives null, a number or half a metric on others: check what came out';
}

check('corrupt-lines', 'lines that are not metrics are skipped and counted', async (context) => {
  const bad = [
    'garbage',
    '{"name":"cpu","val',
    'null',
    '5',
    '"cpu"',
    '[]',
    '{}',
    '{"name":"cpu","timestamp":1}',
  ];
  const wrongTypes = [
    '{"name":"cpu","value":"5","timestamp":1}',
    '{"name":7,"value":5,"timestamp":1}',
    '{"name":"cpu","value":5}',
    '{"name":"cpu","value":1e400,"timestamp":1}',
    '{"metrics":[{"name":"cpu","value":5,"timestamp":1}]}',
  ];
  for (const line of [...bad, ...wrongTypes]) {
    const path = write(
      context.scratch,
      `${lineOf({ name: 'cpu', value: 1, timestamp: 1 })}${line}\n${lineOf({ name: 'cpu', value: 2, timestamp: 2 })}`,
    );
    const cause = whyWrong(line);
    const { metrics, rows: read, skipped } = await scanAll(context, path, { name: 'cpu' }, cause);
    const received = { values: metrics.map(({ value }) => value), rows: read, skipped };
    expectEqual(
      `a file with the line ${line} between two good ones`,
      received,
      { values: [1, 2], rows: 2, skipped: 1 },
      cause,
    );
  }
  const path = write(context.scratch, [...bad, ...wrongTypes].join('\n').concat('\n'));
  const { skipped } = await scanAll(context, path, { name: 'disk' });
  const cause = 'a corrupt line counts whatever was asked for';
  expectEqual(
    `skipped, of ${bad.length + wrongTypes.length} bad lines`,
    skipped,
    bad.length + wrongTypes.length,
    cause,
  );
});
