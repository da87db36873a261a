/** Given files that the student has changed: craft takes its own, and says so. */

/** One line for a person; `files` are relative to the workspace. */
export function replacedNotice(files: readonly string[]): string {
  if (files.length === 1)
    return `Your change to ${files[0]} has no effect: craft uses its own. Keep experiments in a copy under another name.`;
  const all = `${files.slice(0, -1).join(', ')} and ${files.at(-1)}`;
  return `Your changes to ${all} have no effect: craft uses its own of them. Keep experiments in copies under other names.`;
}
