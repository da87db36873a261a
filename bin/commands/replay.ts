import { replayAttempt } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';
import { showProgress } from '../progress.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('replay')
    .summary('repeat a failed check with the same seed')
    .description(
      'Repeats a failed check of an attempt with the same seed and your files as they are now. Nothing is recorded.',
    )
    .argument('<attempt>', 'its number, or number:check')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(['replay 3', 'what failed in attempt 3'], ['replay 3:fifo', 'that check alone']),
    )
    .action(
      handle(async (reference: string, options: { json?: boolean }) => {
        const live = cli.live(options);
        try {
          const data = await replayAttempt(cli.place, reference, {
            signal: cli.io.signal,
            onProgress: showProgress(live),
          });
          live.close();
          await cli.print({ view: 'attempt', data }, options);
          return data.attempt.verdict.outcome;
        } finally {
          live.close();
        }
      }),
    );
};
