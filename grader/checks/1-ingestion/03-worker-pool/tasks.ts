/** The file that the threads of a check run: a task for every fate that one can have. */
import { pbkdf2Sync } from 'node:crypto';
import { MessagePort, threadId } from 'node:worker_threads';
import { student } from '../../../harness/driver.ts';
import { Board, PATIENCE_MS } from './board.ts';

const { serve } =
  await student<typeof import('../../../../exercises/1-ingestion/03-worker-pool/worker.ts')>('worker.ts');

export interface Order {
  /** What the task does. */
  readonly kind: string;
  readonly name: string;
  readonly index: number;
  readonly cells: Int32Array;
  readonly bytes?: Uint8Array;
  readonly port?: MessagePort;
}

/** Tasks that this thread performs now. */
let running = 0;

serve(async (order: Order): Promise<unknown> => {
  const board = new Board(order.cells);
  board.begin(order.index, threadId, ++running);
  try {
    // Some never come here: their thread ends first.
    return await perform(order, board);
  } finally {
    running--;
    board.end();
  }
});

async function perform({ kind, name, index, bytes, port }: Order, board: Board): Promise<unknown> {
  const never = new Promise<never>(() => {});
  switch (kind) {
    case 'echo':
      return `result of ${name}`;
    case 'hold':
      board.awaitRelease(index);
      return `result of ${name}`;
    case 'await':
      await released(board, index);
      return `result of ${name}`;
    case 'late':
      board.awaitRelease(index);
      setImmediate(() => {
        board.post(index);
        // Nobody can interrupt this: terminate() takes its time, and the answer is there long before the exit.
        pbkdf2Sync('', '', 200_000, 64, 'sha512');
      });
      return `result of ${name}`;
    case 'throw':
      throw new RangeError(`no ${name}`);
    case 'exit':
      return process.exit(3);
    case 'exit0':
      return process.exit(0);
    case 'crash':
      setTimeout(() => {
        throw new RangeError(`crash of ${name}`);
      });
      return never;
    case 'crash-undefined':
      setTimeout(() => {
        throw undefined;
      });
      return never;
    case 'reject':
      void Promise.reject(new RangeError(`crash of ${name}`));
      return never;
    case 'memory':
      fillMemory();
      break;
    case 'spin':
      for (const end = Date.now() + 2 * PATIENCE_MS; Date.now() < end; );
      break;
    case 'never':
      return never;
    case 'bomb':
      void released(board, index).then(() => {
        throw new RangeError(`crash of ${name}`);
      });
      return `result of ${name}`;
    case 'bytes':
      return bytes?.reduce((sum, byte) => sum + byte, 0);
    case 'port':
      return port instanceof MessagePort ? `result of ${name}` : port;
    default:
      return special(kind, name);
  }
  return undefined;
}

/** Values that are easily lost on the way, and errors of many kinds. */
function special(kind: string, name: string): unknown {
  switch (kind) {
    case 'undefined':
      return undefined;
    case 'null':
      return null;
    case 'false':
      return false;
    case 'map':
      return new Map([[name, [0, '', Number.NaN]]]);
    case 'error':
      return new RangeError(`returned by ${name}`);
    case 'lookalike':
      return { ok: false, error: 'returned' };
    case 'throw-text':
      throw 'a text';
    case 'throw-undefined':
      throw undefined;
    case 'throw-async':
      return Promise.reject(new TypeError(`no ${name}`));
    case 'answer-function':
      return () => name;
    default:
      throw new Error(`no such task: ${kind}`);
  }
}

async function released(board: Board, index: number): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!board.isReleased(index) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** In small steps: V8 ends a thread that asks for too much, but the process when a single step is too large. */
function fillMemory(): void {
  const kept: unknown[] = [];
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) kept.push(new Array(100).fill(kept.length));
}
