/** Who is forgotten, and what becomes of those who come back. */
import { check } from '../../../harness/index.ts';
import { asList, expectAnswers, play } from './lab.ts';

check(
  'sweep-idle',
  'sweep forgets idle ids, says how many, and takes nothing from the others',
  async ({ subject }) => {
    const played = await play(
      subject,
      2,
      1_000,
      'sweep; at 0; allow a; allow b; allow c; at 500; allow a; at 999; sweep; at 1000; sweep; sweep; allow a; allow a; allow b; at 1999; sweep; at 3000; sweep; sweep',
    );
    const expected = [0, true, true, true, true, 0, 2, 0, true, false, true, 0, 2, 0];
    expectAnswers(played, expected, (received) => {
      const answers = asList(received);
      if (answers[5] !== 0) return '999 ms old is still in the window: that id is not idle';
      if (answers[6] === 3)
        return "a's second request is 500 ms old: an id is idle when its newest time is out, not its oldest";
      if (answers[6] === 0 && answers[12] === 0)
        return 'nothing is ever forgotten: the very first call found no id. Is its iterator, which came to its end then, still in the field? Make a new one';
      if (answers[6] === 0)
        return 'b and c have nothing in the window when their request is exactly windowMs old';
      if (answers[9] === true)
        return 'the sweep gave an id its quota back while it had a request in the window';
      return 'sweep returns how many ids this call has removed';
    });
    const knocks = await play(subject, 1, 1_000, 'at 0; allow a; at 600; retry a; allow a; at 1000; sweep');
    expectAnswers(
      knocks,
      [true, 400, false, 1],
      'neither a question nor a refused request keeps an id: it is idle when what was last let through is out',
    );
    const back = await play(subject, 2, 1_000, 'at 0; allow a; at 1000; sweep; allow a x3; allow b; allow a');
    expectAnswers(back, [true, 1, true, true, false, true, false], (received) =>
      asList(received)[6] === true
        ? 'a came back after it was forgotten, and its new requests are lost: is its old entry still in a field?'
        : 'an id that was forgotten and comes back is like a new one',
    );
  },
);
