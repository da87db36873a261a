/** Repositories given out by a real `git daemon` and by git's own program for HTTP, and servers that mean no good. */
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveGit, whyNoHttp } from '../../fixtures/intake/http.ts';
import { commitFiles, startDaemon, whyNoDaemon, whyNoGit } from '../../fixtures/intake/repositories.ts';
import {
  candidateOf,
  makePlace,
  type Place,
  queue,
  reasonOf,
  store,
  takenFiles,
  workspace,
} from '../../fixtures/intake/workspaces.ts';
import { type Intake, intakeLimits, takeIn } from './index.ts';

const [noGit, noDaemon, noHttp] = [whyNoGit(), whyNoDaemon(), whyNoHttp()];
for (const why of new Set([noGit, noDaemon, noHttp]))
  if (why !== undefined) process.stdout.write(`skipped: ${why}\n`);

let place: Place;
let folder: string;
beforeEach(() => {
  place = makePlace();
  folder = join(place.root, 'class', 'ada');
});
afterEach(() => place.remove());

const good = { [queue]: workspace[queue] ?? '', [store]: workspace[store] ?? '' };

describe.skipIf(noDaemon !== undefined)('a git daemon', () => {
  test('gives out a commit; what it does not have is told', async () => {
    const commit = commitFiles(folder, workspace);
    const daemon = await startDaemon(join(place.root, 'class'));
    try {
      for (const ref of ['HEAD', 'refs/heads/main', commit]) {
        expect(takenFiles(await place.take(candidateOf(`${daemon.url}/ada`, ref)))).toEqual(good);
      }
      expect(reasonOf(await place.take(candidateOf(`${daemon.url}/none`)))).toMatch(
        /\/none cannot be fetched \(.+\)$/,
      );
      const missing = await place.take(candidateOf(`${daemon.url}/ada`, 'refs/heads/x'));
      expect(reasonOf(missing)).toContain('has no refs/heads/x');
    } finally {
      await daemon.stop();
    }
    expect(reasonOf(await place.take(candidateOf(`${daemon.url}/ada`)))).toContain('Connection refused');
  });
});

describe.skipIf(noHttp !== undefined)('a server of HTTP', () => {
  const login = 'ada:s@cret';
  const fetch = (url: string, credentials = { user: 'ada', password: 's@cret' }): Promise<Intake> => {
    const repository = { url: `${url}/ada/.git`, protocol: 'http', ref: 'HEAD', credentials };
    return place.take({ kind: 'git', submission: { id: 'ada', name: 'ada', source: url }, repository });
  };

  test('gets the login of the roster; who has none is told so at once', async () => {
    commitFiles(folder, workspace);
    const server = await serveGit(join(place.root, 'class'), { login });
    expect(takenFiles(await fetch(server.url))).toEqual(good);
    const wrong = reasonOf(await fetch(server.url, { user: 'ada', password: 'wr0ng' }));
    expect(wrong).toContain('Authentication failed');
    expect(wrong).not.toContain('wr0ng');
    const none = reasonOf(await place.take(candidateOf(`${server.url}/ada/.git`)));
    expect(none).toContain('could not read Username');
    server.stop();
  });

  test('gets no login that lies about on the grader’s machine', async () => {
    commitFiles(folder, workspace);
    const server = await serveGit(join(place.root, 'class'), { login });
    const home = place.put('home', { '.netrc': `default login ada password s@cret\n` });
    const kept = process.env.HOME;
    process.env.HOME = home;
    expect(reasonOf(await place.take(candidateOf(`${server.url}/ada/.git`)))).toContain(
      'could not read Username',
    );
    if (kept === undefined) delete process.env.HOME;
    else process.env.HOME = kept;
    expect(server.logins.filter((each) => each !== undefined)).toEqual([]);
    server.stop();
  });

  test('cannot send the login on to another one', async () => {
    commitFiles(folder, workspace);
    const thief = await serveGit(join(place.root, 'class'), { login: 'x:y' });
    const server = await serveGit(join(place.root, 'class'), { to: thief.url });
    expect(reasonOf(await fetch(server.url))).toContain('cannot be fetched');
    expect(thief.logins.length).toBeGreaterThan(0);
    expect(thief.logins.filter((each) => each !== undefined)).toEqual([]);
    server.stop();
    thief.stop();
  });

  test('cannot send anybody to a repository on this machine', async () => {
    commitFiles(folder, workspace);
    const server = await serveGit(join(place.root, 'class'), { to: `file://${place.root}/class` });
    expect(reasonOf(await fetch(server.url))).toContain('cannot be fetched');
    server.stop();
  });
});

describe.skipIf(noGit !== undefined)('a server', () => {
  const listen = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
  };

  test('that never answers costs no more than the time there is', async () => {
    const server = createServer(() => {});
    const at = await listen(server);
    const limits = { ...intakeLimits, gitSeconds: 1 };
    const intake = await place.take(candidateOf(`git://${at}/ada`), limits);
    expect(reasonOf(intake)).toBe(`git://${at}/ada did not give out its commit within 1 s`);
    server.close();
  });

  test('that never answers is left at once when the grader is told to stop', async () => {
    const stop = new AbortController();
    const server = createServer(() => stop.abort());
    const candidate = candidateOf(`git://${await listen(server)}/ada`);
    const taking = takeIn(candidate, join(place.root, 'out/ada'), intakeLimits, { signal: stop.signal });
    await expect(taking).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(readdirSync(join(place.root, 'out'))).toEqual([]);
    server.close();
  });

  test('cannot make a failure look like the grader’s own', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      const text = 'ERR No space left on device\n';
      socket.end(`${(text.length + 4).toString(16).padStart(4, '0')}${text}`);
    });
    const at = await listen(server);
    expect(reasonOf(await place.take(candidateOf(`git://${at}/ada`)))).toContain('No space left on device');
    server.close();
  });

  test('cannot lead to a protocol that was not asked for', async () => {
    commitFiles(folder, workspace);
    const { href } = pathToFileURL(folder);
    for (const [url, protocol] of [
      ['ext::sh -c "exit 1"', 'ext'],
      ['git://127.0.0.1:1/ada', 'git'],
      ['http://127.0.0.1:1/ada', 'http'],
      [href, 'file'],
    ] as const) {
      const candidate = candidateOf(url, 'HEAD', 'https');
      expect(reasonOf(await place.take(candidate))).toContain(`transport '${protocol}' not allowed`);
    }
  });
});
