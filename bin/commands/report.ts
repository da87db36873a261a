import { writeReport } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('report')
    .summary('write your progress and measurements as one HTML page')
    .description(
      'Writes one HTML file about your progress, your load tests and your gates: it needs no network, ' +
        'so you can keep it, send it or show it anywhere.',
    )
    .option('--out <file>', 'where to write it (default: craft-report.html in the workspace)')
    .option('--open', 'show it in your browser')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        ['report --open', 'write it and look at it'],
        ['report --out friday.html', 'under another name'],
      ),
    )
    .action(
      handle(async (options: { out?: string; open?: boolean; json?: boolean }) => {
        const { out, open = false } = options;
        const data = await writeReport(cli.place, { open, ...(out === undefined ? {} : { out }) });
        await cli.print({ view: 'report', data, cwd: cli.io.cwd }, options);
        return 'done';
      }),
    );
};
