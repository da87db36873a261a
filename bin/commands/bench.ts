import { benchExercise, render } from '../../grader/index.ts';
import { addBenchOptions, type BenchFlags, benchRequest } from '../benchoptions.ts';
import { examples, type Register } from '../cli.ts';
import { showProgress } from '../progress.ts';

export const register: Register = (program, cli, handle) => {
  const command = program
    .command('bench')
    .summary('load your server and show what it can take')
    .description(
      'Starts the server of an exercise, loads it, and shows requests per second, latency, failures, and what set the limit. Without a name: the current exercise if it answers HTTP, else the newest passed one that does. Exit code 1 when no request succeeded or the server died, 2 when nothing could be measured or it was interrupted.',
    )
    .argument('[exercise]', 'number, folder or part of the name');
  addBenchOptions(command)
    .addHelpText(
      'after',
      examples(
        ['bench --clients 100', 'how much it can take'],
        ['bench 0.6 --rate 2000', 'what users wait at 2,000 requests/s'],
        ['bench --sweep 1,10,50,100,200,500', 'where it bends'],
        ['bench --save before', 'keeps the program; then, after a change:'],
        ['bench --vs before', 'both in turn'],
        ['bench --url http://localhost:8080/', 'any server'],
      ),
    )
    .action(
      handle(async (name: string | undefined, flags: BenchFlags) => {
        const live = cli.live({ json: flags.json === true });
        const hooks = { signal: cli.io.signal, onProgress: showProgress(live) };
        try {
          const result = await benchExercise(cli.place, benchRequest(name, flags), hooks);
          live.close();
          if ('data' in result) {
            const view = flags.markdown === true ? 'bench table' : 'bench';
            await cli.print({ view, data: result.data }, flags);
            return result.outcome;
          }
          const { errors, error } = result;
          if (flags.json === true) throw error;
          const text = await render('terminal', { view: 'compile errors', data: errors }, cli.errorStyle);
          cli.io.stderr.write(`${text}\n`);
          return 'failed';
        } finally {
          live.close();
        }
      }),
    );
};
