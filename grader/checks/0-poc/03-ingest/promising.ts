/** What a 202 promises, under hostile input and under load. */
import { check, expectEqual, expectResponse, expectTrue } from '../../../harness/index.ts';
import { expectProblem, withIngest } from './lab.ts';

check('prototype', 'a key named __proto__ is a key like any other', async (context) => {
  await withIngest(context, {}, async (ingest) => {
    const tagged = '{"name":"a","value":1,"timestamp":1,"tags":{"__proto__":"x","constructor":"y"}}';
    expectResponse(await ingest.post(tagged), { status: 202 });
    expectEqual(
      'the queue after a tag named __proto__',
      await ingest.queuedText(),
      [tagged],
      'copy[key] = value calls a setter when key is __proto__, and the tag is lost; { ...tags } keeps it',
    );
    const nested = '{"name":"a","value":1,"tags":{"__proto__":{"admin":"yes"}}}';
    expectProblem(await ingest.post(nested), 400, 'INVALID_METRIC', 'this tag is an object, not a string');
    const inherited = '{"name":"a","value":1,"timestamp":5,"__proto__":{"tags":{"admin":"yes"}}}';
    expectResponse(await ingest.post(inherited), { status: 202 });
    expectEqual(
      'the queue after an unknown field named __proto__',
      await ingest.queued(),
      [{ name: 'a', value: 1, timestamp: 5 }],
      'Object.assign({}, input) makes that field the prototype, and its tags are found there',
    );
    expectEqual(
      'properties that every object has now',
      await ingest.polluted(),
      [],
      'Object.prototype was changed',
    );
  });
});

check(
  'promise-kept',
  'of 60 batches at once, exactly those with a 202 are in the queue, whole',
  async (context) => {
    await withIngest(context, { capacity: 50 }, async (ingest) => {
      const batches = context.random.shuffle(Array.from({ length: 60 }, (_, batch) => batch));
      const exchanges = await Promise.all(
        batches.map((batch) =>
          ingest.post({
            metrics: [0, 1, 2, 3, 4, 5, 6].map((i) => ({ name: `batch-${batch}`, value: i, timestamp: i })),
          }),
        ),
      );
      const accepted = batches.filter((_, i) => exchanges[i]?.status === 202);
      for (const exchange of exchanges) {
        if (exchange.status !== 202) expectProblem(exchange, 503, 'OVERLOADED');
      }
      const stored = (await ingest.queued()) as { name: string; value: number }[];
      const cause =
        'another request ran between the look at the free room and the last push: there must be no await in between';
      expectTrue(
        `${accepted.length} batches with 7 metrics each got a 202, but ${stored.length} metrics are in the queue`,
        stored.length === accepted.length * 7,
        {
          expected: `${accepted.length * 7} metrics`,
          received: `${stored.length} metrics`,
          cause: whyNotKept(accepted.length, batches.length, stored.length) ?? cause,
        },
      );
      expectEqual(
        'how many batches with 7 metrics each got a 202, with room for 50,',
        accepted.length,
        7,
        'refuse only what does not fit',
      );
      for (let at = 0; at < stored.length; at += 7) {
        const batch = stored.slice(at, at + 7);
        const whole = batch.every(({ name, value }, i) => name === batch[0]?.name && value === i);
        expectTrue('two batches are mixed in the queue', whole, {
          expected: 'seven metrics of one batch',
          received: batch,
          cause,
        });
      }
    });
  },
);

/** What the numbers say for sure; a race says nothing of its own. */
function whyNotKept(accepted: number, sent: number, stored: number): string | undefined {
  if (accepted === sent)
    return 'every batch got a 202: compare queue.capacity - queue.size with the length of the batch before you push';
  if (stored > accepted * 7)
    return 'parts of batches that got a 503 are in the queue: look at the room before the first push, not after it';
  return undefined;
}

check('handler', 'ingestHandler works inside another server', async (context) => {
  await withIngest(context, { handlerOnly: true, capacity: 2 }, async (ingest) => {
    expectResponse(await ingest.post({ name: 'up', value: 1 }), { status: 202 });
    expectProblem(await ingest.ask('GET', '/nowhere'), 404, 'NOT_FOUND');
    const cause = 'there was room for 1 and the batch had 2: look at the room before the first push';
    const batch = [1, 2].map((value) => ({ name: 'up', value }));
    expectResponse(await ingest.post({ metrics: batch }), { status: 503 }, cause);
    const size = await ingest.size();
    expectTrue('a batch that got a 503 left something in the queue', size === 1, {
      expected: '1 metric in the queue: the one that got a 202',
      received: `${size} metrics`,
      cause,
    });
  });
});
