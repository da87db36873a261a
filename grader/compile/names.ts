/**
 * One spelling for things that a program can reach by several: `globalThis.fetch` is `fetch`, the default
 * export of `node:process` is `process`, `http` is `node:http`.
 */

/** Module members that are globals too. */
const alsoGlobal: Readonly<Record<string, readonly string[]>> = {
  'node:buffer': ['Buffer', 'atob', 'btoa'],
  'node:perf_hooks': ['performance'],
  'node:timers': [
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'clearInterval',
    'clearImmediate',
  ],
  'node:url': ['URL', 'URLSearchParams'],
  'node:util': ['TextDecoder', 'TextEncoder'],
};

/** The name of a builtin module as a whole. */
export function moduleName(specifier: string): string {
  const name = specifier.startsWith('node:') ? specifier.slice(5) : specifier;
  return name === 'process' ? 'process' : `node:${name}`;
}

/** The name of a member. */
export function memberName(owner: string, key: string): string {
  if (owner === 'globalThis' || owner === 'global') return key;
  // A builtin module's default export is the module again.
  if (key === 'default' && (owner.startsWith('node:') || owner === 'process')) return owner;
  if (alsoGlobal[owner]?.includes(key)) return key;
  return `${owner}.${key}`;
}
