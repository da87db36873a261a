/**
 * A generator process: as many as the spec says are forked by `load.ts`. They are processes of their own so that
 * neither the progress display nor the judge's garbage collector is in the way of a reply.
 */
import { Engine } from './engine.ts';
import { type Command, type Message, monotonicMs } from './protocol.ts';

const progressMs = 250;

let engine: Engine | undefined;
let teller: NodeJS.Timeout | undefined;

function send(message: Message): void {
  // Craft may have been killed a moment ago: that is for `disconnect` to notice, and no error.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

/** Tells how far it is, from now on. */
function tell(of: Engine): void {
  clearInterval(teller);
  teller = setInterval(() => {
    send({ kind: 'progress', at: monotonicMs(), ended: of.ended, failed: of.failed });
  }, progressMs);
}

function current(): Engine {
  if (engine === undefined) throw new Error('open comes first');
  return engine;
}

async function obey(command: Command): Promise<Message | undefined> {
  if (command.verb === 'stop') {
    engine?.stop();
    return undefined;
  }
  if (command.verb === 'open') {
    engine = await Engine.open(command.job);
    return { kind: 'done' };
  }
  if (command.verb === 'prepare') {
    await current().prepare(command.part);
    return { kind: 'done' };
  }
  tell(current());
  if (command.verb === 'warm-up') return { kind: 'done', warmUp: await current().warmUp(command.part) };
  return { kind: 'done', run: await current().run(command.at) };
}

process.on('message', (command: Command) => {
  obey(command).then(
    (answer) => {
      if (answer !== undefined) send(answer);
    },
    (error: unknown) => {
      send({ kind: 'broken', message: error instanceof Error ? error.message : String(error) });
    },
  );
});

// craft is gone: there is nobody left to measure for.
process.on('disconnect', () => process.exit(0));
