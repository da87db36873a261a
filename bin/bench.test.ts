/** `craft bench`, by the built program, with real servers and short loads. */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openHistory } from '../grader/bench/history.ts';
import { packageRoot } from '../grader/core/paths.ts';
import type { Workspace } from '../grader/core/types.ts';
import { loadCurriculum } from '../grader/curriculum/index.ts';
import { attempt, content } from '../grader/fixtures/progress/workspace.ts';
import { fakeIo } from '../grader/fixtures/terminal.ts';
import type { BenchRun } from '../grader/index.ts';
import { openProgress } from '../grader/progress/index.ts';
import { main } from './main.ts';

const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft bench ü-')));
const workspace: Workspace = { root: join(folder, 'w'), state: join(folder, 'w', '.craft') };
const ingest = join(workspace.root, 'exercises/0-poc/03-ingest/ingest.ts');
const quick = ['--warmup', '0', '-n', '200', '-c', '10'];

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The CLI in a process group of its own, as a shell starts it. */
function start(args: readonly string[]) {
  const child = spawn(process.execPath, [craft, 'bench', ...args], { cwd: workspace.root, detached: true });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const ended = new Promise<Ran>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  return { pid: child.pid ?? 0, ended };
}

const bench = (...args: string[]): Promise<Ran> => start(args).ended;
const newest = (): BenchRun | undefined => openHistory(workspace).all().at(-1);

let server: Server | undefined;

/** A server in this process; resolves to its address. */
async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering =
  (status: (n: number) => number): RequestListener =>
  (request, response) => {
    request.resume();
    request.on('end', () => {
      counted += 1;
      response.writeHead(status(counted)).end('ok');
    });
  };
let counted = 0;

beforeAll(async () => {
  expect(spawnSync(process.execPath, [craft, 'init', workspace.root], { cwd: folder }).status).toBe(0);
  const store = openProgress(workspace);
  for (const { id, craft: part } of loadCurriculum().exercises) {
    if (part !== '0-poc') continue;
    await store.recordAttempt(attempt({ exercise: id }), content);
    const solution = join(packageRoot, 'solutions', id);
    const code = (path: string): boolean => !path.endsWith('.md');
    cpSync(solution, join(workspace.root, 'exercises', id), { recursive: true, filter: code });
  }
});

afterEach(() => {
  counted = 0;
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('any server', () => {
  test('is measured: every request is counted, kept, and told', async () => {
    const url = await serve(answering(() => 200));
    const { code, out, err } = await bench('--url', `${url}/hello`, ...quick, '--seed', 'abc');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(counted).toBe(200);
    expect(out).toMatch(
      /^127\.0\.0\.1:\d+ · bench 1, seed abc\nGET http:\/\/127\.0\.0\.1:\d+\/hello, no body\n/,
    );
    expect(out).toMatch(/succeeded {3}200 {2}100 %, status 200/);
    expect(out).toContain('no warm-up');
    expect(newest()).toMatchObject({
      number: 1,
      measurements: [{ result: { sent: 200, interrupted: false } }],
    });
    const again = await bench('--url', `${url}/hello`, ...quick);
    expect(again.out).toContain('last run: bench 1');
  });

  test('failures are apart, by kind; some are no failure of the bench', async () => {
    const url = await serve(answering((n) => (n % 4 === 0 ? 503 : n % 10 === 1 ? 429 : 200)));
    const { code, out } = await bench('--url', url, ...quick);
    expect(code).toBe(0);
    expect(out).toMatch(/failed {6}70 {2}35\.00 %\n +50 {2}status 503\n +20 {2}status 429\n/);
  });

  test('beside the yardstick, on a path that it does not serve: what it answers, and what to do', async () => {
    const url = await serve(answering(() => 200));
    const args = ['--vs', 'yardstick', '--warmup', '0', '-d', '1s'];
    const other = await bench('--url', `${url}/hello`, ...args);
    expect(other).toMatchObject({ code: 2, out: '' });
    expect(other.err).toContain('the yardstick answers only POST /metrics with status 202, not GET /hello');
    expect(other.err).toContain('craft bench 0.3 --url');
    const status = await bench('--url', `${url}/metrics`, '--method', 'POST', ...args);
    expect(status.err).toContain('not with status 200');
    expect(counted).toBe(0);
  });

  test('without a success there is no figure: exit 1', async () => {
    const url = await serve(answering(() => 500));
    const { code, out } = await bench('--url', url, ...quick);
    expect(code).toBe(1);
    expect(out).toContain('none: no request succeeded');
  });

  test('--json is the run as it is kept, --markdown a table', async () => {
    const url = await serve(answering(() => 200));
    const json = await bench('--url', url, ...quick, '--json');
    expect(json.code).toBe(0);
    expect(JSON.parse(json.out)).toEqual(newest());
    const { out } = await bench('--url', url, ...quick, '--markdown');
    expect(out).toMatch(/^\| what \| clients \|.*\n\| --- \| ---: \|.*\n\| 127\.0\.0\.1:\d+ \| 10 \| /);
  });

  test('what is sent can be chosen', async () => {
    const seen = new Set<string>();
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        const { 'content-type': type, 'x-mark': mark } = request.headers;
        seen.add([request.method, request.url, type, mark, body].join(' '));
        response.writeHead(201).end();
      });
    });
    const asked = ['--method', 'put', '--path', '/a?b=1', '--body', 'text', '--expect-status', '201'];
    const headers = ['--header', 'X-Mark: yes', '--header', 'Content-Type: text/plain'];
    const { code } = await bench('--url', url, ...quick, ...asked, ...headers);
    expect(code).toBe(0);
    expect([...seen]).toEqual(['PUT /a?b=1 text/plain yes text']);
  });

  test('a sweep has a row and a point for each number of clients', async () => {
    const url = await serve(answering(() => 200));
    const { code, out } = await bench('--url', url, '--sweep', '1,5,20', '--warmup', '0', '-n', '100');
    expect(code).toBe(0);
    expect(out).toMatch(/^ +1 .*\n +5 .*\n +20 /m);
    expect(out).toContain('requests/s over clients');
    expect(newest()?.measurements.map(({ spec }) => spec.clients)).toEqual([1, 5, 20]);
  });

  test('Ctrl-C prints and keeps what was measured, exit 2, and leaves no process', async () => {
    let enough = (): void => {};
    const reached = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const url = await serve(
      answering((n) => {
        if (n > 500) enough();
        return 200;
      }),
    );
    const { pid, ended } = start(['--url', url, '--warmup', '0', '-d', '1m', '-c', '10']);
    await reached;
    // As a terminal sends it: to craft and to all that it started.
    process.kill(-pid, 'SIGINT');
    const { code, out, err } = await ended;
    expect({ code, err }).toEqual({ code: 2, err: '' });
    expect(out).toMatch(/Interrupted after [\d.]+ m?s: these are the figures/);
    const kept = newest()?.measurements[0]?.result;
    expect(kept?.interrupted).toBe(true);
    expect(kept?.outcomes.succeeded).toBeGreaterThanOrEqual(500 - 10);
    expect(() => process.kill(-pid, 0)).toThrow('ESRCH');
  });
});

describe('an exercise', () => {
  const good = (): string => readFileSync(join(packageRoot, 'solutions/0-poc/03-ingest/ingest.ts'), 'utf8');
  const scripted = (
    handler: string,
    more = '',
  ): string => `import { createServer, type Server } from 'node:http';
export function createIngest(..._: unknown[]): Server {
  let n = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => { n += 1; ${handler} });
  });
  ${more}
  return server;
}
`;
  const accept = `response.writeHead(202).end(JSON.stringify({ status: 'accepted', count: n > 0 ? 1 : 0 }));`;
  afterEach(() => writeFileSync(ingest, good()));

  test('is the newest that is passed and serves; its contract is checked; what it needed is gone', async () => {
    const { code, out, err } = await bench(...quick, '--batch', '10');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^0\.6 The monitor · bench \d+/);
    expect(out).toContain('POST /metrics, 10 metrics a request');
    expect(out).toMatch(/succeeded {3}200 {2}100 %, status 202/);
    const runs = join(workspace.state, 'run');
    expect(existsSync(runs) ? readdirSync(runs) : []).toEqual([]);
  });

  test('is saved, and compared with what was saved', async () => {
    const saved = await bench('0.3', ...quick, '--save', 'before');
    expect(saved.out).toContain('Saved as "before". Compare with it: npx craft bench 0.3 --vs before');
    writeFileSync(ingest, scripted(`setTimeout(() => { ${accept} }, 20);`));
    const { code, out } = await bench('0.3', '--vs', 'before', '--warmup', '0', '-d', '5s', '-c', '10');
    expect(code).toBe(0);
    expect(out).toContain('against saved "before"');
    expect(out).toContain('Yours serves less than saved "before" does');
    expect(newest()?.comparison?.rate.high).toBeLessThan(1);
  });

  test('is started as craft starts it: an edit of its serve.ts is left out, and that is said', async () => {
    const given = join(workspace.root, 'exercises/0-poc/03-ingest/serve.ts');
    const before = readFileSync(given, 'utf8');
    writeFileSync(given, before.replace('listen', 'listenNowhere'));
    const { code, err } = await bench('0.3', ...quick);
    writeFileSync(given, before);
    expect(code).toBe(0);
    expect(err).toBe(
      '! Your change to exercises/0-poc/03-ingest/serve.ts has no effect: craft uses its own. Keep experiments in a copy under another name.\n',
    );
    expect((await bench('0.3', ...quick)).err).toBe('');
  });

  test('that dies under load is measured until then; its last words are shown, exit 1', async () => {
    writeFileSync(ingest, scripted(`if (n > 150) throw new TypeError('one too many'); ${accept}`));
    const { code, out, err } = await bench('0.3', ...quick, '-n', '100000');
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toMatch(/into the load: 0\.3 The front door ended under load \(exit code 1\)/);
    expect(out).toContain('TypeError: one too many');
    expect(newest()?.measurements[0]).toMatchObject({ died: { exitCode: 1, signal: null } });
    expect(newest()?.measurements[0]?.result.outcomes.succeeded).toBe(150);
  });

  test('that dies beside another leaves what both served until then, and no comparison', async () => {
    writeFileSync(ingest, scripted(`if (n > 900) throw new TypeError('one too many'); ${accept}`));
    const args = ['--vs', 'yardstick', '--warmup', '0', '-d', '4s', '-c', '2'];
    const { code, out, err } = await bench('0.3', ...args);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toContain('TypeError: one too many');
    expect(out).toContain('against the yardstick: broken off');
    expect(out).not.toContain('times (');
    const run = newest();
    expect(run?.comparison).toBeUndefined();
    expect(run?.measurements[0]).toMatchObject({ died: { exitCode: 1 }, result: { interrupted: true } });
    expect(run?.measurements[0]?.result.outcomes.succeeded).toBeGreaterThan(0);
    expect(run?.brokenOff).toMatchObject({ other: { kind: 'yardstick' } });
    expect(run?.brokenOff?.died).toBeUndefined();
  });

  test('that cannot start is one line, exit 2', async () => {
    writeFileSync(ingest, scripted(accept, `throw new RangeError('no such size');`));
    const ended = await bench('0.3', ...quick);
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toMatch(
      /^✗ 0\.3 The front door ended before it listened \(exit code 1\).*RangeError: no such size.*\n {2}\(SERVER_ENDED\)\n$/,
    );

    const { port } = new URL(await serve(answering(() => 200)));
    const elsewhere = `const listen = server.listen.bind(server); server.listen = (() => listen(${port}, '127.0.0.1')) as never;`;
    writeFileSync(ingest, scripted(accept, elsewhere));
    const taken = await bench('0.3', ...quick);
    expect(taken).toMatchObject({ code: 2, out: '' });
    expect(taken.err).toMatch(
      new RegExp(`^✗ 0\\.3 The front door could not listen: port ${port} is taken\\.`),
    );
  });

  test('that is not written, or does not compile, says so as craft run does', async () => {
    writeFileSync(ingest, scripted(accept, `throw new Error('TODO(human): make the server');`));
    const unwritten = await bench('0.3', ...quick);
    expect(unwritten).toMatchObject({ code: 1, out: '' });
    expect(unwritten.err).toMatch(
      /^✗ This is not written yet: make the server \(exercises\/0-poc\/03-ingest\/ingest\.ts:\d+:\d+\)\.\n/,
    );

    writeFileSync(ingest, `${scripted(accept)}const one: number = 'one';\n`);
    const broken = await bench('0.3', ...quick);
    expect(broken).toMatchObject({ code: 1, out: '' });
    expect(broken.err).toMatch(/^exercises\/0-poc\/03-ingest\/ingest\.ts:\d+:\d+ TS2322$/m);
    const json = await bench('0.3', ...quick, '--json');
    expect(JSON.parse(json.out)).toMatchObject({ error: { code: 'COMPILE_ERROR', exitCode: 1 } });
  });

  test('that never answers is ended with everything else on Ctrl-C', async () => {
    let tell = (_: number): void => {};
    const told = new Promise<number>((resolve) => {
      tell = resolve;
    });
    const url = await serve((request, response) => {
      response.end();
      tell(Number(request.url?.slice(1)));
    });
    writeFileSync(ingest, scripted(`if (n === 20) void fetch(\`${url}/\${process.pid}\`);`));
    const { pid, ended } = start(['0.3', '--warmup', '0', '-d', '1m', '-c', '20']);
    const serverPid = await told;
    process.kill(-pid, 'SIGINT');
    expect((await ended).code).toBe(2);
    expect(() => process.kill(serverPid, 0)).toThrow('ESRCH');
    expect(() => process.kill(-pid, 0)).toThrow('ESRCH');
  });
});

describe('bad input is one line, exit 2', () => {
  test.each([
    ['nope', 'There is no exercise "nope"'],
    ['0.1', '0.1 A bounded queue answers no HTTP, so there is nothing to load. These do: 0.3'],
    ['--rate 0', '--rate must be a number above 0'],
    ['--clients -1', '--clients must be a whole number from 1 to 10,000; "-1" is not.'],
    ['--clients 1.5', '"1.5" is not.'],
    ['--requests 0', '--requests must be a whole number from 1'],
    ['--duration abc', '--duration must be a time from 100ms to 60m, like 500ms, 10s or 1m; "abc" is not.'],
    ['--sweep 1,x', '--sweep must be at most 20 whole numbers'],
    ['--sweep 1,2 --vs yardstick', '--sweep and --vs do not go together'],
    ['--sweep 1,2 --rate 5', 'leave out --rate'],
    ['--sweep 1,2 --clients 5', 'leave out --clients'],
    ['--vs nobody', 'Nothing was saved as "nobody"; beside'],
    ['0.3 --vs previous', 'No exercise before 0.3 The front door answers HTTP'],
    ['--vs yardstick -n 5', 'leave out --requests'],
    ['--save a/b', '"a/b" cannot be a name'],
    ['--pipeline 2 --no-keep-alive', 'leave out --no-keep-alive'],
    ['--url http://example.org/', 'example.org is another machine.'],
    ['--url http://10.1.2.3:80/', '10.1.2.3 is another machine.'],
    ['--url https://localhost/', 'http:// only'],
    ['--url localhost:80', '"localhost:80" is no address. Write it like http://localhost:80'],
    [
      '--url http://127.0.0.1:1/ --header Content-Length:5',
      '--header Content-Length is for craft bench to say',
    ],
    ['--url http://127.0.0.1:1/', 'Nothing answers at http://127.0.0.1:1 (connection refused).'],
    ['--markdown --json', 'cannot be used with'],
  ])('%s', async (line, sentence) => {
    const io = fakeIo(workspace.root);
    expect(await main(['bench', ...line.split(' ')], io)).toBe(2);
    // JSON goes where a program reads it.
    if (line.includes('--json')) return expect(JSON.parse(io.out()).error.message).toContain(sentence);
    expect(io.out()).toBe('');
    expect(io.err()).toContain(sentence);
    expect(io.err().trimEnd().split('\n')).toHaveLength(2);
  });
});
