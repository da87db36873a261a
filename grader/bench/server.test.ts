/** Servers that are started to be loaded: real programs, good and bad, and what is left of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CraftError } from '../core/errors.ts';
import { builtGraderRoot } from '../core/paths.ts';
import { isAlive } from '../progress/processes.ts';
import { type RunningServer, type ServerOptions, startServer, yardstickFile } from './server.ts';

let folder = '';
const running: RunningServer[] = [];
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft-server-test-')));
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How long a server is waited for that never comes; one that only is slow must have its time, too. */
const patience = 5_000;

let files = 0;
function program(text: string, extension = 'mjs'): string {
  const file = join(folder, `program-${files++}.${extension}`);
  writeFileSync(file, text);
  return file;
}

async function start(text: string, more: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ file: program(text), name: 'serve.ts', cwd: folder, ...more });
  running.push(server);
  return server;
}

async function failure(text: string, more: Partial<ServerOptions> = {}): Promise<CraftError> {
  try {
    await start(text, more);
  } catch (error) {
    if (error instanceof CraftError) return error;
    throw error;
  }
  throw new Error('it started');
}

const hello = `
  import { createServer } from 'node:http';
  const server = createServer((request, response) => response.end('hello ' + process.argv[2]));
  const say = () => console.log('listening on http://localhost:' + server.address().port);
`;
const listens = `${hello} server.listen(Number(process.env.PORT), '127.0.0.1', say);`;

/** Waits until a process is gone, by asking. */
async function gone(pid: number): Promise<void> {
  while (isThere(pid)) await pause(5);
}
/** One that is dead and not collected yet is not there any more. */
function isThere(pid: number): boolean {
  return isAlive({ pid, started: null, boot: null });
}

describe('a server that listens', () => {
  test('answers at the address, and is gone after stop', async () => {
    const server = await start(listens, { args: ['there'] });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(server.url)).text()).toBe('hello there');
    await server.stop();
    await server.stop();
    expect(isThere(server.pid)).toBe(false);
    expect(await server.exited).toMatchObject({ code: null, signal: 'SIGTERM', error: null });
  });

  test('on IPv6 only, with colours, with other lines before, and printed in pieces', async () => {
    const server = await start(`${hello} server.listen(0, '::1', () => {
      console.log('starting\\nsee https://example.org/help');
      const { port } = server.address();
      process.stdout.write('\\x1b[32mready\\x1b[0m at http://[::1]:\\x1b[1m' + String(port).slice(0, 2));
      setImmediate(() => process.stdout.write(String(port).slice(2) + '\\x1b[0m/\\n'));
    });`);
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(await (await fetch(server.url)).text()).toBe('hello undefined');
  });

  test('is waited for when it prints its address before it listens', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');
    const server = await start(`${hello}
      console.log('http://127.0.0.1:${port}');
      setTimeout(() => server.listen(${port}, '127.0.0.1'), 100);`);
    expect((await fetch(server.url)).status).toBe(200);
  });

  test('gives what it prints, and the environment that was asked for', async () => {
    const texts: string[] = [];
    const server = await start(`${listens} console.error(process.env.COLOUR, process.cwd());`, {
      env: { COLOUR: 'green', PORT: '1' },
      output: (text) => texts.push(text),
    });
    expect(await (await fetch(server.url)).text()).toBe('hello undefined');
    await server.stop();
    expect(texts.join('')).toContain(`green ${folder}\n`);
  });

  test('has its CPU time counted with that of its children', async () => {
    const server = await start(`${hello}
      const burn = 'const end = process.cpuUsage().user + 200_000; while (process.cpuUsage().user < end); ';
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', burn + 'console.log(1); setInterval(() => {}, 1e6)']);
      child.stdout.once('data', () => server.listen(0, say));`);
    if (process.platform === 'linux') expect(server.cpuMs()).toBeGreaterThan(200);
    await server.stop();
    expect(server.cpuMs()).toBeUndefined();
  });

  test('that does not want to end is ended, with what it started', async () => {
    const server = await start(`${hello}
      import { spawn } from 'node:child_process';
      process.on('SIGTERM', () => {});
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { detached: true });
      server.removeAllListeners('request').on('request', (_, response) => response.end(String(child.pid)));
      server.listen(0, say);`);
    const child = Number(await (await fetch(server.url)).text());
    expect(isThere(child)).toBe(true);
    await server.stop();
    expect((await server.exited).signal).toBe('SIGKILL');
    await gone(child);
  });

  test('and then ends without a word: where it listened is not why', async () => {
    const server = await start(`${listens}
      server.on('request', () => process.exit(7));`);
    await fetch(server.url).catch(() => {});
    const { message = '' } = (await server.exited).error ?? {};
    expect(message).toBe('serve.ts ended under load (exit code 7). Mend that, then try again.');
  });

  test('and then dies says how', async () => {
    const server = await start(`${listens}
      server.on('request', () => { console.log('a last word'); throw new TypeError('no such metric'); });`);
    await fetch(server.url).catch(() => {});
    const exit = await server.exited;
    expect(exit).toMatchObject({ code: 1, signal: null });
    expect(exit.output).toContain('a last word');
    expect(exit.error?.message).toBe(
      'serve.ts ended under load (exit code 1): TypeError: no such metric. Mend that, then try again.',
    );
    await server.stop();
  });
});

describe('a server that does not', () => {
  test('ends at the start: the line that says why', async () => {
    const file = program('throw new RangeError("seven is too many")');
    const error = await failure('', { file });
    expect(error.message).toBe(
      'serve.ts ended before it listened (exit code 1): RangeError: seven is too many. Mend that, then try again.',
    );
    expect((await failure('process.exit(0)')).message).toContain('(exit code 0). Mend');
    expect((await failure('process.kill(process.pid, "SIGKILL")')).message).toContain('(by SIGKILL). Mend');
    expect((await failure('', { file: join(folder, 'nowhere.mjs') })).message).toContain(
      'Cannot find module',
    );
  });

  test('is not written yet: the TODO', async () => {
    const error = await failure('throw new Error("TODO(human): open the door")');
    expect(error).toMatchObject({ code: 'NOT_WRITTEN', message: 'This is not written yet: open the door.' });
  });

  test('is called for a TODO that comes with the first request, too', async () => {
    const server = await start(`${listens}
      server.on('request', async () => { throw new Error('TODO(human): answer'); });`);
    await fetch(server.url).catch(() => {});
    expect((await server.exited).error).toMatchObject({ code: 'NOT_WRITTEN' });
  });

  test('finds its port taken, whether it says its address before, ends of it, or stays', async () => {
    const other = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const sentence = `serve.ts could not listen: port ${port} is taken.`;
    const says = `console.log('listening on http://localhost:${port}');`;
    const listen = `${hello} server.listen(${port}, '127.0.0.1');`;
    try {
      expect((await failure(listen)).message).toContain(sentence);
      if (process.platform !== 'linux') return;
      expect((await failure(`${says} ${listen}`)).message).toContain(sentence);
      const stays = `${says} ${listen} server.on('error', () => {}); setInterval(() => {}, 1e6);`;
      expect((await failure(stays, { startMs: patience })).message).toContain(sentence);
    } finally {
      other.close();
    }
  });

  test('never says where, or is not there: what it should print', async () => {
    const silent = failure('console.log("hello"); setInterval(() => {}, 1e6)', { startMs: patience });
    const absent = failure('console.log("http://localhost:1/"); setInterval(() => {}, 1e6)', {
      startMs: patience,
    });
    expect((await silent).message).toBe(
      'serve.ts did not print "listening on http://localhost:<port>" within 5 s; the last it printed was: hello.',
    );
    expect((await absent).message).toContain('serve.ts printed http://localhost:1, but did not listen there');
  });

  test('is given up when craft is interrupted, and nothing of it is left', async () => {
    const abort = new AbortController();
    let pid = 0;
    const error = await failure('console.log(process.pid); setInterval(() => {}, 1e6);', {
      signal: abort.signal,
      output: (text) => {
        pid = Number(text);
        abort.abort();
      },
    });
    expect(error.code).toBe('INTERRUPTED');
    await gone(pid);
  });
});

describe('when craft is killed', () => {
  const craft = (file: string, then: string): string => `
    import { startServer } from ${JSON.stringify(join(builtGraderRoot, 'bench', 'server.js'))};
    const server = await startServer({ file: ${JSON.stringify(file)}, cwd: ${JSON.stringify(folder)} });
    const pids = await (await fetch(server.url)).text();
    ${then}`;
  const family = `${hello}
    import { spawn } from 'node:child_process';
    import { mkdtempSync } from 'node:fs';
    import { tmpdir } from 'node:os';
    import { join } from 'node:path';
    process.on('SIGTERM', () => {});
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
    server.removeAllListeners('request').on('request', (_, response) => {
      response.end(process.pid + ' ' + child.pid + ' ' + mkdtempSync(join(tmpdir(), 'data-')));
      // From here on it hears nothing.
      if (process.argv[2] !== 'idle') response.on('close', () => { for (;;); });
    });
    server.listen(0, '127.0.0.1', say);`;

  test.each([
    ['by kill -9', 'console.log(pids); setInterval(() => {}, 1e6);', 'SIGKILL'],
    ['by its own hand', 'console.log(pids); process.stdin.once("data", () => process.exit(3));', undefined],
  ] as const)(
    '%s, a server in an endless loop ends too, with its children and its files',
    async (_, then, signal) => {
      const parent = spawn(process.execPath, [program(craft(program(family), then))], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const [pids] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string];
      const [own, child, data = ''] = pids.trim().split(' ');
      const all = [Number(own), Number(child)];
      for (const pid of all) expect(isThere(pid)).toBe(true);
      expect(existsSync(data)).toBe(true);
      if (signal === undefined) parent.stdin.write('now');
      else parent.kill(signal);
      await once(parent, 'exit');
      for (const pid of all) await gone(pid);
      expect(existsSync(data)).toBe(false);
    },
  );
});

describe('the yardstick', () => {
  const post = (url: string, body: string) => fetch(`${url}/metrics`, { method: 'POST', body });

  test('keeps the contract', async () => {
    const server = await startServer({ file: yardstickFile, name: 'the yardstick', cwd: folder });
    running.push(server);
    const one = await post(server.url, '{"name":"a","value":1}');
    expect([one.status, await one.text()]).toEqual([202, '{"status":"accepted","count":1}']);
    const batch = await post(server.url, '{"metrics":[{},{},{}]}');
    expect(await batch.json()).toEqual({ status: 'accepted', count: 3 });
    expect((await post(server.url, '{')).status).toBe(400);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(405);
    expect((await fetch(server.url)).status).toBe(404);
    await server.stop();
    expect(await server.exited).toMatchObject({ code: 0, signal: null });
  });
});
