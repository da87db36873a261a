/** Runs inside a jail: examines what its standard input names, and prints what is refused there. */
import { examine, type Reading } from './examine.ts';

// By its place: packages are looked for upwards, where the jail may have none.
const parser = (await import(process.argv[2] ?? '')) as typeof import('oxc-parser');
let text = '';
process.stdin.setEncoding('utf8');
for await (const piece of process.stdin) text += piece;
// From here on, what goes wrong is the text's doing.
process.stdout.write('ready\n');
process.stdout.write(`${JSON.stringify(await examine(JSON.parse(text) as Reading, parser))}\n`);
