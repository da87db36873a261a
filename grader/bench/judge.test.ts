/** Which bodies are right. */
import { expect, test } from 'vitest';
import { Judge } from './judge.ts';

const right = (judge: Judge, text: string): boolean => {
  const bytes = Buffer.from(`..${text}..`);
  return judge.isRight(bytes, 2, bytes.length - 2, false);
};

test('without an expectation every body is right', () => {
  const judge = new Judge({ status: 200 }, 1);
  expect(right(judge, 'anything')).toBe(true);
  expect(right(judge, '')).toBe(true);
});

test('the expected members must be there, others may be', () => {
  const judge = new Judge(
    { status: 202, json: { status: 'accepted', count: '$batch', meta: { ok: true } } },
    10,
  );
  const cases: [string, boolean][] = [
    ['{"status":"accepted","count":10,"meta":{"ok":true}}', true],
    ['{ "meta": {"ok":true,"more":1}, "id": 7, "count":10, "status":"accepted" }', true],
    ['{"status":"accepted","count":1,"meta":{"ok":true}}', false],
    ['{"status":"accepted","count":"10","meta":{"ok":true}}', false],
    ['{"status":"accepted","count":10,"meta":{"ok":1}}', false],
    ['{"status":"accepted","count":10,"meta":null}', false],
    ['{"status":"accepted","count":10}', false],
    ['[]', false],
    ['null', false],
    ['', false],
    ['{"status":"accepted","count":10,"meta":{"ok":true}', false],
  ];
  // Twice: the second time some are remembered.
  for (const [text, expected] of [...cases, ...cases])
    expect([text, right(judge, text)]).toEqual([text, expected]);
});

test('lists must be equal, and $batch is found in them', () => {
  const judge = new Judge({ status: 200, json: { counts: [1, '$batch'] } }, 5);
  expect(right(judge, '{"counts":[1,5]}')).toBe(true);
  expect(right(judge, '{"counts":[1,5,6]}')).toBe(false);
  expect(right(judge, '{"counts":[1,"$batch"]}')).toBe(false);
});

test('what is remembered never makes a wrong body right', () => {
  const judge = new Judge({ status: 200, json: { ok: true } }, 1);
  for (let i = 0; i < 2_000; i++) {
    const pad = 'x'.repeat(i % 7 === 0 ? 1_500 : i % 5);
    expect(right(judge, `{"ok":true,"id":${i},"pad":"${pad}"}`)).toBe(true);
    expect(right(judge, `{"ok":null,"id":${i},"pad":"${pad}"}`)).toBe(false);
  }
});

test('a body that was cut cannot be judged', () => {
  const judge = new Judge({ status: 200, json: { ok: true } }, 1);
  const bytes = Buffer.from('{"ok":true}');
  expect(judge.isRight(bytes, 0, bytes.length, true)).toBe(false);
});
