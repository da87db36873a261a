import { failGate } from '../../../gate/index.ts';
import type { Gate } from '../../../gate/types.ts';
import { shape, z } from '../../../harness/expectations.ts';

const SIZE = 2;
const CRASHES = 4;
const TASKS = 200;
const SPINS = 400;

/** Four of the tasks end their thread. */
const kinds = Array.from({ length: TASKS }, (_, i) => (i % 50 === 20 ? 'exit' : 'echo'));

export const gates: Gate[] = [
  {
    id: 'threads',
    kind: 'count',
    title: `${TASKS} tasks, ${CRASHES} of which end their thread, take ${SIZE + CRASHES} threads`,
    limit: SIZE + CRASHES,
    unit: 'threads',
    async measure({ start }) {
      const driver = await (await start()).driver();
      const options = { size: SIZE, maxQueue: TASKS, file: './tasks.js' };
      const steps = [
        ['run', kinds.map((kind) => ({ kind }))],
        ['settled', []],
      ];
      const reports = shape(
        'the report',
        await driver.call('play', options, steps),
        z.array(z.object({ answers: z.array(z.unknown()), threads: z.object({ created: z.number() }) })),
      );
      const [end] = reports;
      const bad = end?.answers.filter((answer) => !String(answer).startsWith('result of')).length;
      if (end === undefined || bad !== CRASHES)
        failGate(`${CRASHES} of ${TASKS} tasks end their thread; ${bad} have no result`);
      const { created } = end.threads;
      return {
        value: created,
        note: `${created} threads for ${TASKS} tasks, ${CRASHES} of which ended theirs`,
      };
    },
    reference:
      '6; 5 when the last thread to end is needed by nobody any more (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice: 'A thread is started for a task that finds none free, and kept until close.',
  },
  {
    id: 'trip',
    kind: 'ratio',
    title: 'a trip through the pool costs little more than the two messages it is made of',
    limit: 2,
    size: 400,
    yardstick: {
      file: 'work.ts',
      name: 'postMessage there and back',
      prepare: 'prepareBare',
      work: 'tripsOfBare',
    },
    student: { file: 'work.ts', prepare: 'preparePool', work: 'tripsOfPool' },
    verify(reply, size) {
      const expected = size * (size - 1);
      return reply === expected
        ? undefined
        : `the sum of ${size} answers was ${String(reply)}, not ${expected}`;
    },
    reference:
      '1.06 (0.80 to 1.15), and 3.4 to 4.3 when the main thread asks in every turn of its loop whether a thread is done (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Nothing per task but one postMessage and one answer: no new listener, no search of a list, no polling.',
  },
  {
    id: 'loop',
    kind: 'abs',
    title: 'a task of 1 ms costs the event loop a small part of that',
    limit: 100,
    unit: 'µs of the main thread per task',
    better: 'lower',
    rounds: 3,
    async measure({ start }) {
      const driver = await (await start()).driver('work.ts');
      const schema = z.object({ perTaskUs: z.number(), wrong: z.number() });
      const { perTaskUs, wrong } = shape('the cost', await driver.call('costOfLoop', SPINS), schema);
      if (wrong > 0) failGate(`${wrong} of ${SPINS} tasks had a wrong result`);
      return { value: perTaskUs };
    },
    reference: '20 (16 to 30, with two busy loops beside it too) (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'The main thread posts, waits, and answers. Does your code ask again and again whether a thread is free?',
  },
];
