import { describe, expect, test } from 'vitest';
import { attempt, failedCheck, passedCheck, passedGate, plain, viewOf } from '../fixtures/report.ts';
import { createStyle } from './style.ts';
import { verdict } from './verdict.ts';

const failed = {
  outcome: 'failed',
  stage: 'behaviour',
  code: 'EXPECTATION',
  summary: 'take() waits',
} as const;

describe('an attempt on the terminal', () => {
  test('a pass names what it unlocked and the next command', () => {
    const unlocked = [{ id: '0-poc/02-store', number: '0.2', title: 'A store of lines' }];
    const view = viewOf(
      { checks: [passedCheck], gates: [passedGate], unlocked: ['0-poc/02-store'] },
      { unlocked },
    );
    expect(verdict(view, plain)).toBe(
      [
        '0.1 A bounded queue · attempt 3, 0.8 s',
        '✓ compile  ✓ rules  ✓ behaviour (1 of 1)  ✓ gate',
        '',
        '✓ draining the queue grows linearly',
        '  1.02, at most 1.35 allowed: 24.4 % to spare',
        '',
        '0.1 A bounded queue: passed.',
        'Unlocked: 0.2 A store of lines. Go on with npx craft next',
      ].join('\n'),
    );
  });

  test('the first failed check comes in full, the others as a list', () => {
    const other = { ...failedCheck, id: 'close-wakes', title: 'close() wakes every waiting taker' };
    const text = verdict(viewOf({ verdict: failed, checks: [passedCheck, failedCheck, other] }), plain);
    expect(text).toBe(
      [
        '0.1 A bounded queue · attempt 3, 0.8 s',
        '✓ compile  ✓ rules  ✗ behaviour (1 of 3)  · gate',
        '',
        '✗ take() waits until there is an item [waits]',
        '  take(1) on an empty queue, then push("a")',
        '',
        "  expected  [ 'a' ]",
        '  received  []',
        '  where     exercises/0-poc/01-queue/queue.ts:31:5',
        '  likely    take() answered at once with what was there: nothing. It must wait',
        '            for a push.',
        '',
        '  repeat it  npx craft replay 3:waits (seed 1a2b3c4d)',
        '  stuck?     npx craft hint 0.1',
        '',
        'Also failing:',
        '  ✗ close-wakes  close() wakes every waiting taker',
        '',
        '0.1 A bounded queue: not yet.',
      ].join('\n'),
    );
  });

  test('an HTTP failure prints the exchange and a curl line', () => {
    const failure = {
      code: 'EXPECTATION',
      summary: 's',
      exhibit: 'POST / HTTP/1.1\n\n202',
      curl: "curl -X POST 'x'",
    } as const;
    const text = verdict(viewOf({ verdict: failed, checks: [{ ...failedCheck, failure }] }), plain);
    expect(text).toContain('  │ POST / HTTP/1.1\n  │\n  │ 202');
    expect(text).toContain("by hand   curl -X POST 'x'");
  });

  test('a TODO that is left is no failure of behaviour', () => {
    const failure = {
      code: 'NOT_WRITTEN',
      summary: 'push() is not written yet: replace the TODO(human) there.',
      where: 'exercises/0-poc/01-queue/queue.ts:12:5',
    } as const;
    const text = verdict(viewOf({ verdict: failed, checks: [{ ...failedCheck, failure }] }), plain);
    expect(text).toContain('○ take() waits');
    expect(text).toContain('push() is not written yet');
    expect(text).toContain('Open exercises/0-poc/01-queue/queue.ts and replace the TODO(human) there.');
    expect(text).not.toContain('replay');
  });

  test('compile errors carry path, line and column as seen from the folder the student is in', () => {
    const diagnostics = Array.from({ length: 7 }, (_, index) => ({
      file: 'exercises/0-poc/01-queue/queue.ts',
      line: 12 + index,
      column: 5,
      code: 'TS2322',
      message: "Type 'string' is not assignable to type 'number'.",
    }));
    const verdictOf = {
      outcome: 'failed',
      stage: 'compile',
      code: 'COMPILE_ERROR',
      summary: '7 errors',
    } as const;
    const view = viewOf(
      { verdict: verdictOf, diagnostics },
      { cwd: '/ws/metricstream/exercises/0-poc/01-queue' },
    );
    const text = verdict(view, plain);
    expect(text).toContain('✗ compile  · rules  · behaviour  · gate');
    expect(text).toContain("queue.ts:12:5 TS2322\n  Type 'string' is not assignable to type 'number'.");
    expect(text).toContain('and 2 more errors');
    expect(text).not.toContain(':17:5');
  });

  test('a failed gate prints limit, measured, distance, yardstick, reference and one thing to try', () => {
    const gate = { ...passedGate, outcome: 'failed', measured: 1.99, reason: 'slope of four sizes' } as const;
    const gateFailed = { outcome: 'failed', stage: 'gate', code: 'GATE_FAILED', summary: 'drain' } as const;
    const text = verdict(viewOf({ verdict: gateFailed, checks: [passedCheck], gates: [gate] }), plain);
    expect(text).toContain('✓ behaviour (1 of 1)  ✗ gate');
    expect(text).toMatch(/limit +at most 1\.35/);
    expect(text).toMatch(/measured +1\.99 \(47\.4 % over\)/);
    expect(text).toMatch(/yardstick +Array\.shift: 1\.99/);
    expect(text).toMatch(/reference +1\.00 \(2-core/);
    expect(text).toMatch(/why +slope of four sizes/);
    expect(text).toMatch(/try +Keep an index/);
  });

  test('a gate that measured nothing says why', () => {
    const gate = { ...passedGate, outcome: 'failed', measured: null, reason: 'work() threw' } as const;
    const gateFailed = { outcome: 'failed', stage: 'gate', code: 'GATE_FAILED', summary: 'drain' } as const;
    const text = verdict(viewOf({ verdict: gateFailed, checks: [passedCheck], gates: [gate] }), plain);
    expect(text).not.toContain('measured');
    expect(text).toMatch(/why +work\(\) threw/);
  });

  test('noise is no failure', () => {
    const verdictOf = {
      outcome: 'inconclusive',
      stage: 'gate',
      code: 'INCONCLUSIVE',
      summary: 'timings vary by 40 %',
    } as const;
    const gates = [{ ...passedGate, outcome: 'inconclusive', reason: 'timings vary by 40 %' } as const];
    const text = verdict(viewOf({ verdict: verdictOf, checks: [passedCheck], gates }), plain);
    expect(text).toContain('? gate');
    expect(text).toContain('That is not a failure.');
    expect(text).toContain('npx craft verify 0.1 --only gate');
  });

  test('a lost mark, missing checks and an error of craft are said', () => {
    const missing = {
      outcome: 'failed',
      stage: 'behaviour',
      code: 'CHECKS_MISSING',
      summary: '1 of 9 checks ran',
    } as const;
    const text = verdict(
      viewOf({ verdict: missing, checks: [passedCheck], missing: ['waits'] }, { lostMark: true }),
      plain,
    );
    expect(text).toContain('✗ behaviour (1 of 2)');
    expect(text).toContain('1 of 9 checks ran');
    expect(text).toContain('its mark is gone');
    const error = { outcome: 'error', code: 'INTERNAL', summary: 'craft itself failed' } as const;
    expect(verdict(viewOf({ verdict: error }), plain)).toContain('No verdict: craft itself failed');
  });

  test('a part of the pipeline is no pass', () => {
    const text = verdict(viewOf({ checks: [passedCheck], only: 'behaviour' }), plain);
    expect(text).toContain('behaviour is right.');
    expect(text).toContain('npx craft verify 0.1');
    expect(text).not.toContain('passed.');
  });

  test('what the student printed or returned cannot move the cursor or forge a mark', () => {
    const nasty = '\u001b[2J\u001b]0;title\u0007\u009b31mred\r\nnext\u202eback\u001b]8;;http://x\u001b\\link';
    const failure = {
      code: 'EXPECTATION',
      summary: nasty,
      received: nasty,
      cause: nasty,
      exhibit: nasty,
      curl: nasty,
    } as const;
    const checks = [{ ...failedCheck, title: nasty, failure }];
    const diagnostics = [{ file: nasty, line: 1, column: 1, code: 'TS1', message: nasty }];
    const style = createStyle({ env: { NO_COLOR: '1' }, isTTY: true, columns: 80 });
    const text = verdict(
      viewOf({ verdict: { ...failed, summary: nasty }, checks, diagnostics, output: nasty }),
      style,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test('a flood of output is shortened to its end', () => {
    const output = Array.from({ length: 500 }, (_, index) => `line ${index}`).join('\n');
    const text = verdict(viewOf({ output }), plain);
    expect(text).toContain('Your code printed (the last 15 of 500 lines):');
    expect(text).toContain('│ line 499');
    expect(text).not.toContain('line 484\n');
  });

  test('colours are only there when asked for', () => {
    const colored = createStyle({ env: { FORCE_COLOR: '1' }, isTTY: false, columns: 80 });
    expect(verdict(viewOf({}), colored)).toContain('\u001b[');
    const refused = createStyle({ env: { NO_COLOR: '1', FORCE_COLOR: '3' }, isTTY: true, columns: 80 });
    expect(verdict(viewOf({}), refused)).not.toContain('\u001b[');
    expect(attempt.schema).toBe(1);
  });
});
