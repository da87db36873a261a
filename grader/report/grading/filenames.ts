/** Names of the files about each student: ids come from folders and rosters, and are no names of files. */
import { createHash } from 'node:crypto';
import type { GradedStudent } from '../../core/grading.ts';

/** One for each student, in their order: letters, digits, `.`, `_` and `-`, no two alike on any file system. */
export function fileNames(students: readonly GradedStudent[]): string[] {
  const wanted = students.map(({ submission }) => simple(submission.id));
  const counts = new Map<string, number>();
  for (const name of wanted) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  const used = new Set<string>();
  return students.map(({ submission }, index) => {
    const name = wanted[index] ?? '';
    const plain = name === submission.id && counts.get(name.toLowerCase()) === 1;
    let unique = plain ? name : `${name}-${digest(submission.id)}`;
    // Two ids that were cleaned into the same text.
    while (used.has(unique.toLowerCase())) unique = `${name}-${digest(`${submission.id}${used.size}`)}`;
    used.add(unique.toLowerCase());
    return unique;
  });
}

function simple(id: string): string {
  const name = id.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(0, 80);
  // Names that are a folder, that ls hides, that a command takes for an option, or that Windows keeps for itself.
  const odd = /^[.-]|\.$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name);
  return name === '' || odd ? `_${name.replace(/^[.-]+/, '').replace(/\.+$/, '')}` : name;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
