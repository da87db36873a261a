#!/usr/bin/env node
// Nothing modern is imported before Node's version is known: an old one gets a sentence, not a stack trace.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) {
  const { main } = await import('./main.ts');
  const { processIo } = await import('./io.ts');
  process.exitCode = await main(process.argv.slice(2), processIo());
} else {
  const { describe } = await import('../grader/index.ts');
  process.stderr.write(`${describe('WRONG_NODE', { version: process.versions.node })}\n`);
  process.exitCode = 2;
}
