import { Argument, type Command } from 'commander';
import { completeWords, completionScript, type Shell } from '../../grader/index.ts';
import { examples, type Register } from '../cli.ts';

export const register: Register = (program, cli, handle) => {
  program
    .command('completion')
    .summary('print the completion script of a shell')
    .description('Prints the completion script of a shell: commands, options and exercise names.')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', examples(['completion bash >> ~/.bashrc', 'then open a new shell']))
    .action(
      handle(async (shell: Shell) => {
        cli.io.stdout.write(await completionScript(shell));
        return 'done';
      }),
    );
  // Called by those scripts with the words typed so far; the last one is being completed and may be empty.
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .passThroughOptions()
    .action(
      handle(async (words: string[]) => {
        const found = await completeWords(cli.place, words, grammar(program));
        cli.io.stdout.write(found.map((word) => `${word}\n`).join(''));
        return 'done';
      }),
    );
};

/** What may follow each command: its options and what its first argument is. */
function grammar(program: Command): Parameters<typeof completeWords>[2] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => ({
      name: command.name(),
      argument: command.registeredArguments[0]?.name() ?? null,
      choices: command.registeredArguments[0]?.argChoices ?? [],
      options: command.options.map((option) => ({
        flag: option.long ?? option.flags,
        takesValue: option.required || option.optional,
        choices: option.argChoices ?? [],
      })),
    }));
}
