import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ErrorCode, errorCodes, exitCodeOf, describe as sentence } from './errors.ts';
import { packageRoot } from './paths.ts';

/** Fills every hole of a sentence with its own name. */
const named = new Proxy<Record<string, string>>(
  {},
  { get: (_, name) => (name === 'suggestion' ? '' : `<${String(name)}>`) },
);

function row(code: ErrorCode): string {
  return `| \`${code}\` | ${exitCodeOf(code)} | ${sentence(code, named).replaceAll('|', '\\|').replaceAll('\n', ' ')} |`;
}

/** CRAFT_RECORD=1 writes it anew. */
const page = `# Errors

Every sentence that craft says when something is wrong, by its code. \`<name>\` stands for a detail. A command ends
with exit code 0 when it did what it was asked (the work passed), 1 when the work failed, and 2 when nothing can be
said about the work: noise, bad usage, a broken installation. \`craft run\` ends as the program that it started: with
its exit code, or 128 and the number of the signal that ended it; 1 when the program does not compile or runs into
a \`TODO(human)\`. With \`--json\`, an error is \`{"schema": 1, "error": {"code", "message", "exitCode"}}\`.

This page is compared with the table in \`grader/core/errors.ts\` by a test.

| code | exit | sentence |
|---|---|---|
${errorCodes.map(row).join('\n')}
`;

test('docs/errors.md lists exactly the codes of the table', () => {
  const path = join(packageRoot, 'docs', 'errors.md');
  if (process.env.CRAFT_RECORD === '1') writeFileSync(path, page);
  expect(existsSync(path) ? readFileSync(path, 'utf8') : '').toBe(page);
});

test('every sentence ends like one and says its details', () => {
  for (const code of errorCodes) expect(sentence(code, named)).toMatch(/[.?!>]|craft \w+|latest$/);
});
