import { initWorkspace } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('init')
    .summary('make a workspace with all exercises')
    .description('Makes a folder with all exercises and a git repository of its own. Works without git too.')
    .argument('[dir]', 'folder to make; it must be new or empty', 'metricstream')
    .option(...jsonOption)
    .addHelpText('after', examples(['init metricstream', 'then: cd metricstream && npx craft next']))
    .action(
      handle(async (dir: string, options: { json?: boolean }) => {
        const data = await initWorkspace(cli.place, dir);
        await cli.print({ view: 'init', data, cwd: cli.io.cwd }, options);
        return 'done';
      }),
    );
};
