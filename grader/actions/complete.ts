/** Shell completion: the words that may come next, and the scripts that ask for them. */
import { roles, savedNames } from '../bench/saved.ts';
import type { Curriculum, Exercise } from '../core/types.ts';
import { loadCurriculum } from '../curriculum/index.ts';
import { listAttempts } from '../progress/index.ts';
import { findWorkspace } from '../workspace/find.ts';
import type { Place } from './session.ts';

export interface CommandGrammar {
  readonly name: string;
  /** What the first argument is: `exercise`, `attempt`, ... */
  readonly argument: string | null;
  readonly choices: readonly string[];
  readonly options: readonly {
    readonly flag: string;
    /** The next word is its value. */
    readonly takesValue: boolean;
    readonly choices: readonly string[];
  }[];
}

/** Candidates for the last of the words, which may be empty. Never throws: a shell is waiting. */
export async function completeWords(
  place: Place,
  words: readonly string[],
  commands: readonly CommandGrammar[],
): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  try {
    return candidates(place, words, commands).filter((word) => word.startsWith(typed));
  } catch {
    return [];
  }
}

function candidates(place: Place, words: readonly string[], commands: readonly CommandGrammar[]): string[] {
  const typed = words.at(-1) ?? '';
  if (words.length <= 1)
    return typed.startsWith('-') ? ['--help', '--version'] : commands.map(({ name }) => name);
  const command = commands.find(({ name }) => name === words[0]);
  if (command === undefined) return [];
  const taking = (word: string | undefined) =>
    command.options.find(({ flag, takesValue }) => flag === word && takesValue);
  const before = taking(words.at(-2));
  if (before?.flag === '--vs') return comparable(place);
  if (before !== undefined) return [...before.choices];
  if (typed.startsWith('-')) return [...command.options.map(({ flag }) => flag), '--help'];
  const earlier = words.slice(1, -1).filter((word, at) => !word.startsWith('-') && !taking(words[at]));
  if (earlier.length > 0) return [];
  if (command.argument === 'exercise') return exerciseNames(loadCurriculum(), typed);
  if (command.argument === 'attempt') return attemptNumbers(place);
  if (command.argument === 'command') return commands.map(({ name }) => name);
  return [...command.choices];
}

/** Numbers and slugs; folders once a slash shows that they are meant. */
function exerciseNames({ exercises }: Curriculum, typed: string): string[] {
  if (typed.includes('/')) return exercises.map(({ id }) => id);
  return exercises.flatMap(({ number, slug }: Exercise) => [number, slug]);
}

/** The roles are known everywhere, the saved programs in a workspace alone. */
function comparable(place: Place): string[] {
  try {
    return [...roles, ...savedNames(findWorkspace(place.cwd))];
  } catch {
    return [...roles];
  }
}

function attemptNumbers(place: Place): string[] {
  return listAttempts(findWorkspace(place.cwd)).map(String);
}

export type Shell = 'bash' | 'zsh' | 'fish';

/** The script of a shell. It asks the craft of the workspace around the current folder, without npx's half second. */
export async function completionScript(shell: Shell): Promise<string> {
  return scripts[shell];
}

/** A function and not an alias: zsh looks behind an alias and would complete npx. */
const header = (file: string, craft = 'craft() { npx craft "$@"; }'): string =>
  `# craft: completion. Put it into ${file}, best with: ${craft}\n`;

const find = `_craft_binary() {
  local folder="$PWD"
  while [ -n "$folder" ]; do
    if [ -x "$folder/node_modules/.bin/craft" ]; then printf '%s\\n' "$folder/node_modules/.bin/craft"; return; fi
    folder="\${folder%/*}"
  done
  type -P craft 2>/dev/null || whence -p craft 2>/dev/null
}
`;

const scripts: Readonly<Record<Shell, string>> = {
  bash: `${header('~/.bashrc')}${find}_craft() {
  local binary word
  COMPREPLY=()
  binary="$(_craft_binary)"
  [ -n "$binary" ] || return 0
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <("$binary" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _craft craft
`,
  zsh: `${header('~/.zshrc')}(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
${find}_craft() {
  local binary
  local -a found
  binary="$(_craft_binary)"
  [ -n "$binary" ] || return 0
  found=(\${(f)"$("$binary" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  compadd -a found
}
compdef _craft craft
`,
  fish: `${header('~/.config/fish/completions/craft.fish', 'function craft; npx craft $argv; end')}function __craft_complete
  set -l folder $PWD
  set -l binary (command -s craft)
  while test -n "$folder"
    if test -x "$folder/node_modules/.bin/craft"
      set binary "$folder/node_modules/.bin/craft"
      break
    end
    set folder (string replace -r '/[^/]*$' '' -- $folder)
  end
  test -n "$binary"; or return
  set -l typed (commandline -opc) (commandline -ct)
  $binary __complete -- $typed[2..-1] 2>/dev/null
end
complete -c craft -f -a '(__craft_complete)'
`,
};
