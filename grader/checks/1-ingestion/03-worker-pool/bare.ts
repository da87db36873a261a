/** The gate's yardstick: a thread that answers each message, without any pool. */
import { parentPort } from 'node:worker_threads';
import { nap } from './nap.ts';

parentPort?.on('message', (number: number) => parentPort?.postMessage({ ok: true, output: nap(number) }));
