import { examine } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('doctor')
    .summary('find what is wrong here, and how to mend it')
    .description(
      'Checks Node, cores, git, compiler, disk, timers and the workspace, and says how to mend what is wrong.',
    )
    .option(...jsonOption)
    .addHelpText('after', examples(['doctor', '']))
    .action(
      handle(async (options: { json?: boolean }) => {
        const data = await examine(cli.place);
        await cli.print({ view: 'doctor', data }, options);
        return data.findings.some(({ status }) => status === 'bad') ? 'error' : 'done';
      }),
    );
};
