/** Starts that cannot succeed: one clear line, and nothing half-started is left. */
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CheckContext,
  check,
  expectEqual,
  expectThrows,
  expectTrue,
  fail,
} from '../../../harness/index.ts';
import { configIn } from './config.ts';
import { type Held, held, leftBehind, openMonitor, stored, until } from './lab.ts';

check(
  'taken-port',
  'a taken port is one clear line, and leaves nothing half-started',
  async (context) => {
    const first = await openMonitor(context);
    const folder = join(context.scratch, 'second');
    const before = await held(context, folder);
    const module = await context.subject.load('monitor.ts');
    const config = configIn(context.scratch, {
      port: first.port,
      dataFile: `${folder}-metrics.jsonl`,
      alertLog: `${folder}-alerts.jsonl`,
    });
    const error = await expectThrows(
      `boot() on port ${first.port}, which the first monitor has`,
      bootWithTakenPort(module.hold('boot', config)),
      'A taken port is reported by the server’s "error" event: reject then.',
    );
    expectOneLine('the message', error.message, String(first.port));
    await expectUnchanged(context, before, folder);
  },
  { fresh: true },
);

check(
  'bad-file',
  'a file that cannot be opened is one clear line, and leaves nothing half-started',
  async (context) => {
    const before = await held(context, context.scratch);
    const module = await context.subject.load('monitor.ts');
    const missing = join(context.scratch, 'no-such-folder', 'alerts.jsonl');
    const config = configIn(context.scratch, { alertLog: missing });
    const error = await expectThrows(
      'boot() with an alertLog in a folder that is not there',
      module.hold('boot', config),
      'Open the files before anything is started, and let the error out.',
    );
    expectOneLine('the message', error.message, missing);
    await expectUnchanged(context, before, context.scratch);
  },
  { fresh: true },
);

check(
  'config',
  'a wrong configuration is refused by the name of its key, before anything is touched',
  async (context) => {
    const { subject, scratch } = context;
    const module = await subject.load('main.ts');
    const path = join(scratch, 'config.json');
    const rule = { id: 'a', metric: 'm', op: '>=', threshold: 1, windowMs: 1_000 };
    const cases: readonly [key: string, text: string][] = [
      ['alertIntervalMs', JSON.stringify(configIn(scratch, { alertIntervalMs: '10' }))],
      ['dataFile', JSON.stringify(configIn(scratch, { dataFile: undefined }))],
      ['rules[0].op', JSON.stringify(configIn(scratch, { rules: [rule] }))],
      ['config.json', '{ "port": 0, }'],
    ];
    for (const [key, text] of cases) {
      await writeFile(path, text);
      const error = await expectThrows(
        `main() with a configuration that is wrong at ${key}`,
        module.hold('main', path),
        'Let the error of readConfig out of main(): whoever started it prints it and chooses the exit code.',
      );
      expectOneLine('the message', error.message, key);
    }
    const created = await access(join(scratch, 'metrics.jsonl')).then(
      () => true,
      () => false,
    );
    expectTrue('a refused configuration has created its data file', !created, {
      expected: 'no file is opened before the whole configuration is known to be good',
      received: 'metrics.jsonl is there',
    });
  },
);

check('restart', 'a monitor that starts on old files goes on where they end', async (context) => {
  const { http } = context;
  const post = async (port: number, name: string): Promise<void> => {
    const body = JSON.stringify({ name, value: 1, timestamp: 1_700_000_000_000 });
    http.expectResponse(await http.request({ port, path: '/metrics', body }), { status: 202 });
  };
  const first = await openMonitor(context);
  await post(first.port, 'old');
  await first.close();
  const second = await openMonitor(context);
  await post(second.port, 'new');
  await second.close();
  expectEqual(
    'names in the data file after two runs',
    (await stored(first.dataFile)).map(({ name }) => name),
    ['old', 'new'],
    'Open the file for appending; openFile of the kernel does.',
  );
});

function expectOneLine(what: string, message: string, wanted: string): void {
  expectTrue(`${what} does not say what is wrong`, message.includes(wanted) && !message.includes('\n'), {
    expected: `one line that names ${wanted}`,
    received: message,
    cause: /not running|not open|closed/i.test(message)
      ? 'This is the clean-up’s own error, which has replaced the one of boot(): stop only what was really started.'
      : `Hand on the error of the part that failed, and put "${wanted}" into its message if it is not there.`,
  });
}

/** What a failed boot started must be stopped again: files, timers, servers. */
async function expectUnchanged(context: CheckContext, before: Held, folder: string): Promise<void> {
  let left: string[] = [];
  const isClean = async (): Promise<boolean> => {
    left = leftBehind(before, await held(context, folder));
    return left.length === 0;
  };
  await until(isClean, 3_000, () => ({
    summary: 'the failed boot() has left something behind',
    expected: 'every part that it had started is stopped, every file that it had opened is closed',
    received: `still there after 3 s: ${left.join(', ')}`,
    cause: 'When a step fails, stop the steps before it, in the opposite order, and then throw.',
  }));
}

/** The failure of a boot() that should reject but says nothing, or that nobody catches. */
async function bootWithTakenPort(booting: Promise<unknown>): Promise<unknown> {
  try {
    return await booting;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (!(error instanceof Error) || (code !== 'CALL_TIMEOUT' && !/EADDRINUSE/.test(error.message)))
      throw error;
    if (code === 'THREW') throw error;
    fail({
      summary: 'boot() on a taken port did not reject',
      expected: 'a rejection whose message names the port',
      received: code === 'CALL_TIMEOUT' ? 'boot() is still waiting' : error.message,
      cause:
        "The server emits 'error' when listen fails; it does not throw, and the callback of listen never comes. Listen for it with server.once('error', …), and reject there.",
    });
  }
}
