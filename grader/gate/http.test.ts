/** Server gates with real servers, and the load client's reading of HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { build, driverDirectory, serverGate } from '../fixtures/gate/gates.ts';
import { startSubject } from '../subject/index.ts';
import { parseReply } from './connection.ts';
import { Generator } from './generator.ts';
import { measureLaunch } from './http.ts';
import { launchCost, readLaunches } from './httprule.ts';
import { runGates } from './run.ts';
import { Session } from './session.ts';
import type { HttpRatioGate } from './types.ts';

// A busy machine is slow, not wrong.
vi.setConfig({ testTimeout: 120_000 });

let scratchRoot = '';
beforeAll(() => {
  scratchRoot = mkdtempSync(join(tmpdir(), 'craft-gate-test-'));
});
afterAll(() => rmSync(scratchRoot, { recursive: true, force: true }));

const common = { build, driverDirectory, start: startSubject, seed: '0badcafe' };

async function oneLaunch(gate: HttpRatioGate) {
  const signal = new AbortController().signal;
  const session = new Session({ ...common, signal, scratchRoot, progress: () => {} });
  const generator = new Generator();
  try {
    return await measureLaunch(gate, session, generator, 0);
  } finally {
    generator.end();
    await session.close();
  }
}

describe('one launch with real servers', () => {
  test('a server against itself, and against one that costs twice as much', {
    timeout: 120_000,
  }, async () => {
    const same = await oneLaunch(serverGate('serve100', 1.5));
    const twice = await oneLaunch(serverGate('serve200', 1.5));
    expect(same.student).toHaveLength(8);
    expect(same.yardstick).toHaveLength(8);
    expect(launchCost(same)).toBeLessThan(1.45);
    expect(launchCost(twice)).toBeGreaterThan(1.45);
  });

  test('a connection for every request costs more', async () => {
    const gate = serverGate('serve100', 1.5);
    const yardstick = { ...gate.yardstick, close: true };
    expect(launchCost(await oneLaunch({ ...gate, yardstick }))).toBeLessThan(0.8);
  });

  test('a server that waits serves fewer requests', async () => {
    const { slowness } = readLaunches([await oneLaunch(serverGate('serveLate', 1.5))]);
    expect(slowness).toBeGreaterThan(2);
  });
});

describe('a server that is wrong', () => {
  const reasonOf = async (gate: HttpRatioGate) => {
    const [result] = await runGates({ ...common, scratchRoot, gates: [gate] });
    expect(result).toMatchObject({ outcome: 'failed', measured: null });
    return result?.reason;
  };

  test.each([
    ['serveWrong', 'POST /metrics got status 200 instead of 202'],
    ['serveWrongBody', 'POST /metrics got "{}" instead of "{\\"status\\":\\"accepted\\",\\"count\\":4}"'],
    ['serveAndDie', 'Your code ended its process with exit code 9'],
  ])('%s fails with its own line', async (start, reason) => {
    expect(await reasonOf(serverGate(start, 1.5))).toContain(reason);
  });

  test('as a yardstick is a bug of ours', async () => {
    const gate = { ...serverGate('serve100', 1.5), yardstick: { name: 'broken', start: 'serveWrong' } };
    await expect(reasonOf(gate)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('the load client reads a reply', () => {
  const lengthed = 'HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nhello';
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';

  test.each([
    [lengthed, 202, 'hello'],
    [chunked, 200, 'abcde'],
    ['HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
  ])('whole', (text, status, body) => {
    const reply = parseReply(Buffer.from(text));
    expect(reply?.status).toBe(status);
    expect(reply?.body.toString()).toBe(body);
    expect(reply?.length).toBe(text.length);
  });

  test.each([lengthed, chunked])('split anywhere', (text) => {
    for (let at = 0; at < text.length; at++)
      expect(parseReply(Buffer.from(text.slice(0, at)))).toBeUndefined();
  });

  test('followed by the next one', () => {
    expect(parseReply(Buffer.from(lengthed + lengthed))?.length).toBe(lengthed.length);
  });
});
