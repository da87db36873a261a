/** How much is kept, and thousands of small things in one feed. */
import { check, expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';
import { usual } from './lab.ts';

check('steady-memory', 'what was given away is not kept', async ({ subject }) => {
  const driver = await subject.driver();
  const schema = z.object({ requests: z.number(), bytes: z.number() });
  const { requests, bytes } = shape('held', await driver.callWithin(8_000, 'held', 2_000, usual), schema);
  expectEqual('requests out of 2,000 of 8 KB', requests, 2_000, 'requests were lost on the way');
  const cause =
    'the bytes of requests that are gone are still there: let go of them, even when some of the next request are there already';
  const received = `${(bytes / 1_024).toFixed(0)} KiB`;
  expectTrue('2,000 requests of 8 KB went through one parser', bytes < 4 * 1_024 * 1_024, {
    expected: 'less than 4,096 KiB are held then',
    received,
    cause,
  });
});

check(
  'many-at-once',
  'thousands of chunks or empty lines in one feed are no problem',
  async ({ subject }) => {
    const cause =
      'does each chunk, or each empty line, call the function again? Use a loop: the stack ends at some 10,000 calls';
    const driver = await subject.driver();
    for (const what of ['chunks', 'empty lines']) {
      const received = await driver.call('many', what, usual);
      const expected = what === 'chunks' ? '1 request, 20,000 bytes of body' : '1 request, 0 bytes of body';
      const stream =
        what === 'chunks' ? 'a body of 20,000 chunks of one byte' : '100,000 empty lines and a request';
      expectEqual(`${stream}, in one feed`, received, expected, cause);
    }
  },
);

const waiting: readonly [what: string, story: string, most: number, cause: string][] = [
  [
    'announced',
    '20 parsers got a head that announces a body of 1 MB, and the first byte of it',
    4_096,
    'what is announced has not come: take memory for the bytes that came, and double it when it is full',
  ],
  [
    'chunk announced',
    '20 parsers got the size line of a chunk of 1 MB, and the first byte of it',
    4_096,
    'what is announced has not come: take memory for the bytes that came, and double it when it is full',
  ],
  [
    'idle',
    '20 parsers gave away a request with a body of 1 MB, and nothing has come since',
    4_096,
    'a buffer that grew for a large body must not stay large: let go of it when it is empty',
  ],
  [
    'refused',
    '20 parsers refused a request and then were fed 1 MB each',
    4_096,
    'after an error nothing is read any more, so feed must not store it, and what waits can go',
  ],
  [
    'byte by byte',
    'a parser got 256 KB of a body in pieces of one byte',
    1_280,
    'an array of its own for each piece costs 100 to 200 bytes beside what is in it: copy into one buffer that doubles',
  ],
];

check('waiting-memory', 'memory is in proportion to the bytes that wait', async ({ subject }) => {
  const driver = await subject.driver();
  for (const [what, story, most, cause] of waiting) {
    const bytes = shape('held', await driver.callWithin(8_000, 'waitingBytes', what, usual), z.number());
    expectTrue(story, bytes < most * 1_024, {
      expected: `less than ${most.toLocaleString('en')} KiB are held then`,
      received: `${Math.round(bytes / 1_024).toLocaleString('en')} KiB`,
      cause,
    });
  }
});
