import { publishCourse } from '../../grader/index.ts';
import { examples, jsonOption, type Register } from '../cli.ts';

interface Options {
  readonly course?: string;
  readonly remote?: string;
  readonly through?: string;
  readonly dryRun?: boolean;
  readonly forceWithLease?: boolean;
  readonly json?: boolean;
}

export const register: Register = (program, cli, handle) => {
  program
    .command('publish')
    .summary('for instructors: publish solutions as branches')
    .description(
      'Publishes a branch per exercise, each with the solutions up to it. What is not proved is proved first. Needs a clone.',
    )
    .option('--course <file>', 'the course file (default: course.json)')
    .option('--remote <url>', 'one of the remotes that the course file names (default: its first)')
    .option('--through <exercise>', 'the last exercise to publish')
    .option('-n, --dry-run', 'show branches, commits and changes; prove and push nothing')
    .option('--force-with-lease', 'replace branches that are not what would be published')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        ['publish --through 0.3 --dry-run', 'what the first week would be'],
        ['publish --through 0.3', 'proves it, and pushes it'],
      ),
    )
    .action(
      handle(async ({ forceWithLease = false, json = false, ...options }: Options) => {
        const live = cli.live({ json });
        const onProgress = (text: string): void => live.status(`… ${text}`);
        try {
          const data = await publishCourse(cli.place, {
            ...options,
            force: forceWithLease,
            signal: cli.io.signal,
            onProgress,
          });
          live.close();
          await cli.print({ view: 'publish', data }, { json });
          return 'done';
        } finally {
          live.close();
        }
      }),
    );
};
