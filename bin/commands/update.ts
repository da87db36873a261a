import { updateWorkspace } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('update')
    .summary('bring newer lessons and stubs into the workspace')
    .description(
      'Brings newer lessons and stubs into an older workspace, never over files that you changed, and says what it left alone.',
    )
    .option(...jsonOption)
    .addHelpText('after', examples(['update', 'after npm install systems-craft@latest']))
    .action(
      handle(async (options: { json?: boolean }) => {
        await cli.print({ view: 'update', data: await updateWorkspace(cli.place) }, options);
        return 'done';
      }),
    );
};
