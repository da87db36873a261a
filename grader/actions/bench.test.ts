/** What is loaded and sent when little is said, and what stands beside the result. */
import { describe, expect, test } from 'vitest';
import { openHistory } from '../bench/history.ts';
import { CraftError } from '../core/errors.ts';
import type { Curriculum, Exercise, Progress, Serves } from '../core/types.ts';
import { measurement, result, runWith, sweep } from '../fixtures/bench.ts';
import { bareWorkspace } from '../fixtures/progress/workspace.ts';
import { openProgress } from '../progress/index.ts';
import { around } from './bencharound.ts';
import {
  addressOf,
  type BenchRequest,
  checkRequest,
  isItsOwn,
  pathFor,
  specFor,
  urlFor,
} from './benchspec.ts';
import { chooseServing } from './benchtarget.ts';
import type { Session } from './session.ts';

const serves: Serves = {
  file: 'serve.ts',
  method: 'POST',
  path: '/metrics',
  status: 202,
  reply: { status: 'accepted', count: '$batch' },
};

function exercise(id: string, number: string, serving: boolean): Exercise {
  const [craft = '', folder = ''] = id.split('/');
  const texts = { craft, slug: folder.slice(3), title: folder.slice(3), summary: '', directory: '/nowhere' };
  const lists = {
    files: [],
    given: [],
    imports: [],
    prerequisites: [],
    checks: [],
    gates: [],
    forbid: [],
    allow: [],
  };
  return { id, number, minutes: 1, ...texts, ...lists, ...(serving && { serves }) };
}

const curriculum: Curriculum = {
  directory: '/nowhere',
  exercises: [
    exercise('0-poc/01-queue', '0.1', false),
    exercise('0-poc/03-ingest', '0.3', true),
    exercise('0-poc/06-monitor', '0.6', true),
    exercise('1-ingestion/01-socket', '1.1', true),
  ],
};

function session(passed: readonly string[], current: string | null = null): Session {
  const workspace = bareWorkspace();
  const done = Object.fromEntries(passed.map((id) => [id, { attempts: 1, passed: 1, hints: 0, best: {} }]));
  const progress: Progress = { schema: 1, craft: '0.1.0', current, nextAttempt: 2, exercises: done };
  const place = { cwd: workspace.root, onNotice: () => {} };
  return { place, curriculum, workspace, store: openProgress(workspace), progress };
}

describe('what is loaded', () => {
  const ids = curriculum.exercises.map(({ id }) => id);

  test('is the current exercise if it serves, else the newest passed one that does', () => {
    expect(chooseServing(session(ids, '0-poc/03-ingest'), undefined).number).toBe('0.3');
    expect(chooseServing(session(ids.slice(0, 3), '0-poc/01-queue'), undefined).number).toBe('0.6');
    expect(chooseServing(session([], '0-poc/06-monitor'), undefined).number).toBe('0.6');
    expect(chooseServing(session(ids), '0.3').number).toBe('0.3');
  });

  test('is nothing when nothing serves: the error says which do', () => {
    const others = 'These do: 0.3 ingest, 0.6 monitor, 1.1 socket.';
    expect(() => chooseServing(session([]), undefined)).toThrow(others);
    expect(() => chooseServing(session([]), '0.1')).toThrow(
      `0.1 queue answers no HTTP, so there is nothing to load. ${others}`,
    );
  });
});

describe('what is sent', () => {
  test('is the contract of the exercise, by 100 clients, for 10 s, with a seed of its own', () => {
    const spec = specFor({}, serves);
    expect(spec).toMatchObject({
      method: 'POST',
      payload: { kind: 'metrics', batch: 1 },
      expect: { status: 202, json: serves.reply },
      mode: { kind: 'closed' },
      clients: 100,
      measure: { ms: 10_000 },
      warmup: { requests: 10_000, ms: 3_000 },
      keepAlive: true,
    });
    expect(spec.seed).toMatch(/^[\da-f]{8}$/);
    expect(specFor({ rate: 5 }, serves).mode).toEqual({ kind: 'open', rate: 5 });
  });

  test('a number of requests ends it unless a time is given too', () => {
    expect(specFor({ requests: 5 }, serves).measure).toEqual({ requests: 5 });
    expect(specFor({ requests: 5, durationMs: 7 }, serves).measure).toEqual({ requests: 5, ms: 7 });
  });

  test('another request than that of the contract is not held to its reply', () => {
    expect(specFor({ method: 'get', path: '/health' }, serves)).toMatchObject({
      method: 'GET',
      payload: { kind: 'none' },
      expect: { status: 200 },
    });
    expect(specFor({ expectStatus: 429 }, serves).expect).toEqual({ status: 429 });
    expect(specFor({ body: '{}' }, serves).expect).toEqual({ status: 202 });
  });

  test('any server gets a GET; something to send makes it a POST', () => {
    expect(specFor({}, undefined)).toMatchObject({ method: 'GET', payload: { kind: 'none' } });
    expect(specFor({ batch: 3 }, undefined)).toMatchObject({ method: 'POST', payload: { batch: 3 } });
    expect(specFor({ body: 'a', headers: { 'content-TYPE': 'text/plain' } }, undefined).payload).toEqual({
      kind: 'text',
      text: 'a',
      contentType: 'text/plain',
    });
  });

  test('the path is the one that was said, of the address, or of the contract', () => {
    const url = new URL('http://localhost:1/a?b=c');
    expect(pathFor({ path: 'x' }, serves, url)).toBe('/x');
    expect(pathFor({}, undefined, url)).toBe('/a?b=c');
    expect(pathFor({}, serves, url)).toBe('/a?b=c');
    expect(pathFor({}, serves, new URL('http://localhost:1'))).toBe('/metrics');
    expect(pathFor({}, serves)).toBe('/metrics');
  });

  test('only loopback is this machine', () => {
    for (const host of ['localhost', '127.0.0.1', '127.9.8.7', '[::1]', '0x7f.1'])
      expect(addressOf(`http://${host}:80/`, false).protocol).toBe('http:');
    for (const host of [
      '10.0.0.1',
      '0.0.0.0',
      '[::]',
      '127.0.0.1.example',
      'localhost.example',
      '[::ffff:8.8.8.8]',
    ])
      expect(() => addressOf(`http://${host}:80/`, false), host).toThrow('is another machine');
    expect(addressOf('http://10.0.0.1/', true).hostname).toBe('10.0.0.1');
  });

  test('an address without http:// is told how to write it', () => {
    for (const text of ['localhost:8080', '127.0.0.1:8080/x', 'localhost'])
      expect(() => addressOf(text, false)).toThrow(`Write it like http://${text}`);
  });

  test('the path never changes whom the request is for', () => {
    const url = addressOf('http://localhost:8080//10.0.0.1/x', false);
    const at = (request: BenchRequest, address?: URL) =>
      urlFor('http://localhost:8080', request, serves, address);
    expect(at({}, url)).toBe('http://localhost:8080//10.0.0.1/x');
    expect(at({ path: '//10.0.0.1/x' })).toBe('http://localhost:8080//10.0.0.1/x');
    expect(at({ path: '\\\\10.0.0.1' })).toBe('http://localhost:8080///10.0.0.1');
    expect(at({ path: '@10.0.0.1/x' })).toBe('http://localhost:8080/@10.0.0.1/x');
    expect(at({})).toBe('http://localhost:8080/metrics');
  });

  test('what the exercise asks for is told from everything else', () => {
    for (const request of [{}, { batch: 10 }, { headers: { a: 'b' } }, { rate: 5 }])
      expect(isItsOwn(request)).toBe(true);
    for (const request of [{ method: 'GET' }, { path: '/health' }, { body: '{}' }, { expectStatus: 404 }])
      expect(isItsOwn(request)).toBe(false);
  });

  test.each<[string, BenchRequest]>([
    ['sweep and vs', { sweep: [1], vs: 'yardstick' }],
    ['sweep and clients', { sweep: [1], clients: 1 }],
    ['vs and requests', { vs: 'yardstick', requests: 1 }],
    ['save and url', { save: 'a', url: 'http://localhost' }],
    ['vs previous and url', { vs: 'previous', url: 'http://localhost' }],
    ['body and batch', { body: 'a', batch: 2 }],
    ['a method without a body and batch', { method: 'get', batch: 2 }],
    ['a method without a body and bytes', { method: 'HEAD', bytes: 2 }],
    ['CONNECT and everything', { method: 'connect' }],
    ['a body and its length', { headers: { 'content-LENGTH': '5' } }],
    ['a body and its coding', { headers: { 'Transfer-Encoding': 'chunked' } }],
  ])('%s exclude each other', (_, request) => {
    expect(() => checkRequest(request)).toThrow(CraftError);
  });
});

describe('what stands beside the result', () => {
  const monitor = { kind: 'exercise', name: '0.6 The monitor', exercise: '0-poc/06-monitor' } as const;
  const socket = { kind: 'exercise', name: '1.1 Sockets', exercise: '1-ingestion/01-socket' } as const;
  const faster = { ...result, rate: 9_000 };

  test('is the last run like it: same target, same settings, whole', () => {
    const place = session([]);
    const history = openHistory(place.workspace);
    const like = history.record(runWith({ target: monitor }));
    history.record(runWith({ target: monitor, result: { ...result, interrupted: true } }));
    history.record(runWith({ target: monitor, spec: { ...measurement.spec, clients: 10 } }));
    history.record(runWith({ target: socket }));
    history.record(sweep);
    const other = {
      ...measurement.spec,
      url: 'http://127.0.0.1:5/metrics',
      seed: 'ff',
      measure: { ms: 3_000 },
    };
    const now = history.record(runWith({ target: monitor, result: faster, spec: other }));
    const view = around(place, now);
    expect(view.last).toMatchObject({ number: like.number, rate: result.rate, p99: result.latency?.p99 });
    expect(view.phase).toBeUndefined();
  });

  test('and the newest run of an earlier phase, in the same mode', () => {
    const place = session([]);
    const history = openHistory(place.workspace);
    const before = history.record(runWith({ target: monitor, spec: { ...measurement.spec, clients: 10 } }));
    history.record(
      runWith({ target: monitor, spec: { ...measurement.spec, mode: { kind: 'open', rate: 5 } } }),
    );
    const now = history.record(runWith({ target: socket }));
    expect(around(place, now).phase).toMatchObject({ number: before.number, name: '0.6 The monitor' });
  });
});
