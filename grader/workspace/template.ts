/** The files of a workspace that belong to no exercise. */
import { basename } from 'node:path';
import type { FileContent } from '../core/files.ts';

/** `name` is the workspace's folder; `craft` the version that makes it. */
export function rootFiles(root: string, craft: string): FileContent[] {
  return [
    { path: 'package.json', content: packageJson(basename(root), craft) },
    { path: 'tsconfig.json', content: tsconfig },
    { path: 'README.md', content: readme(basename(root)) },
    { path: '.gitignore', content: gitignore },
    { path: 'craft.mjs', content: launcher, mode: 0o777 },
  ];
}

/**
 * `bin` makes `npx craft` run the launcher below and never ask a registry, where an unrelated package has
 * that name: npx looks at the `bin` of the nearest package.json first.
 */
function packageJson(folder: string, craft: string): string {
  const value = {
    name: packageName(folder),
    version: '0.0.0',
    private: true,
    type: 'module',
    bin: { craft: './craft.mjs' },
    devDependencies: { 'systems-craft': `^${craft}` },
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A folder may be called anything; a package may not. */
function packageName(folder: string): string {
  const name = folder
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100);
  return name === '' || name === 'craft' || name === 'systems-craft' ? 'metricstream' : name;
}

/** For the editor only: craft compiles with settings of its own, so a change here changes no verdict. */
const tsconfig = `{
  // For your editor. craft compiles with settings of its own: nothing here changes a verdict.
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023"],
    "module": "nodenext",
    "moduleResolution": "nodenext",
    "types": ["node"],
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "exactOptionalPropertyTypes": true,
    "noImplicitOverride": true,
    "verbatimModuleSyntax": true,
    "isolatedModules": true,
    "erasableSyntaxOnly": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "include": ["exercises"]
}
`;

/** The two files that make a clone of this repository a workspace again are kept. */
const gitignore = `node_modules/
.craft/*
!.craft/workspace.json
!.craft/installed.json
# What the monitor and the experiments write.
*.jsonl
# What craft report writes.
craft-report.html
`;

const launcher = `#!/usr/bin/env node
// Starts craft for \`npx craft\` anywhere in this workspace. Keep this file, and "bin" in package.json:
// without them npx would fetch an unrelated package called "craft".
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
let tool;
for (let folder = here; tool === undefined; folder = dirname(folder)) {
  const candidate = join(folder, 'node_modules', 'systems-craft', 'dist', 'bin', 'craft.js');
  if (existsSync(candidate)) tool = candidate;
  if (folder === dirname(folder)) break;
}
if (tool === undefined) {
  console.error(
    'craft is not linked into this workspace. Run: npm install systems-craft' +
      ' (or, with a clone of it: node <clone>/dist/bin/craft.js doctor)',
  );
  process.exitCode = 2;
} else {
  await import(pathToFileURL(tool).href);
}
`;

function readme(folder: string): string {
  return `# ${folder}

Your workspace for systems-craft: exercise by exercise you build metricstream, a monitoring platform.

    npx craft next      the lesson of the exercise you are at: what to build, which file to open
    npx craft verify    compile it, test it, measure it; a pass unlocks the next exercise
    npx craft watch     the same on every save
    npx craft hint      one hint more each time
    npx craft list      all exercises and how far you are

Write your code in \`exercises/\`, where you see \`TODO(human)\`. \`exercises/kernel/\` is given.
Every attempt is kept in \`.craft/attempts/\`, so nothing that you wrote is lost. Commit as often as you like.
`;
}
