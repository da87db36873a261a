/**
 * What the scan of the sources cannot see is caught here, at run time: each refused interface throws when it is
 * called. Runs inside the subject process before any student code, and needs nothing but Node.
 *
 * Node's own modules keep private copies of what they need, so they go on working. Drivers and checks, which
 * run beside the student's code, may call what the student may not.
 */
import { syncBuiltinESMExports } from 'node:module';

interface Trap {
  readonly api: string;
  readonly why: string;
}

type Callable = (...args: never[]) => unknown;

/** Everything of craft's that runs in this process is below this folder: `dist/grader/`. */
const trusted = new URL('../', import.meta.url).href;
/** Whose frames stand between a trap and its caller. */
const guards = [import.meta.url, new URL('./threads.js', import.meta.url).href];
/** Calls what the student exports: where that is `JSON.parse` itself, it is the student who called it. */
const host = new URL('./host.js', import.meta.url).href;

// Taken now: the student's code may replace them, and the traps below do.
const { apply, construct, defineProperty, deleteProperty, getOwnPropertyDescriptor } = Reflect;
const { getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
const StandardError = Error;
const getFileName = takeGetFileName();
const loadBuiltin: (id: string) => object | undefined = process.getBuiltinModule;

/** Makes every refused interface throw a `ForbiddenApi` error. */
export function installTraps(traps: readonly Trap[]): void {
  for (const trap of traps) {
    const { owner, key } = find(trap.api);
    if (trap.api === 'Function') trapFunctionConstructors(trap);
    else if (owner !== undefined && key !== undefined) trapMember(owner, key, trap);
    if (owner === globalThis && key !== undefined) trapCopy(key);
  }
  guardModules(traps.filter(({ api }) => isModule(api)));
  // `import { binding } from 'node:process'` must see the trap too.
  syncBuiltinESMExports();
}

/** The object that holds an interface: `JSON` for `JSON.parse`. Whole modules have none: see `guardModules`. */
function find(api: string): { owner?: object; key?: string } {
  if (isModule(api)) return {};
  const member = /^(node:[^.]+)\.(.+)$/.exec(api);
  const root: unknown = member?.[1] === undefined ? globalThis : loadBuiltin(member[1]);
  const path = (member?.[2] ?? api).split('.');
  const key = path.pop();
  let owner: unknown = root;
  for (const name of path) owner = isObject(owner) ? Reflect.get(owner, name) : undefined;
  return isObject(owner) && key !== undefined && key in owner ? { owner, key } : {};
}

function isModule(api: string): boolean {
  return /^node:[^.]+$/.test(api);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function trapMember(owner: object, key: string, trap: Trap): void {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  const { configurable = true, enumerable = false, get: load } = descriptor ?? {};
  if (load !== undefined) {
    // Loaded when it is first looked at, like `Response`: that takes 0.1 s, and runs code that meets the other traps.
    const get = (): unknown => {
      refuse(trap);
      return apply(load, owner, []);
    };
    defineProperty(owner, key, { get, configurable, enumerable });
    return;
  }
  const original: unknown = Reflect.get(owner, key);
  if (typeof original === 'function') {
    const value = refusing(original as Callable, trap);
    defineProperty(owner, key, { value, configurable, enumerable, writable: true });
    return;
  }
  const get = (): unknown => {
    refuse(trap);
    return original;
  };
  defineProperty(owner, key, { get, configurable, enumerable });
}

/** The same function for all who look at it, an error for those who call it. */
function refusing<T extends Callable>(original: T, trap: Trap): T {
  return standIn(original, {
    apply(_, receiver, args) {
      refuse(trap);
      return apply(original, receiver, args);
    },
    construct(_, args, newTarget) {
      refuse(trap);
      return construct(original, args, newTarget);
    },
  });
}

/**
 * A function in the place of another, with all that hangs on it. The target of the proxy is not the original: Node
 * hands targets out (`util.inspect` asks one for its properties, with the target as `this`).
 */
export function standIn<T extends Callable>(original: T, handler: ProxyHandler<T>): T {
  const isClass = getOwnPropertyDescriptor(original, 'prototype') !== undefined;
  const shell: Callable = isClass ? function shell() {} : () => {};
  setPrototypeOf(shell, getPrototypeOf(original));
  for (const key of ownKeys(original)) {
    const descriptor = getOwnPropertyDescriptor(original, key);
    if (descriptor !== undefined) defineProperty(shell, key, descriptor);
  }
  const proxy = new Proxy(shell as T, handler);
  // A class can be reached from each of its objects.
  const prototype: unknown = getOwnPropertyDescriptor(original, 'prototype')?.value;
  if (isObject(prototype) && getOwnPropertyDescriptor(prototype, 'constructor')?.value === original) {
    defineProperty(prototype, 'constructor', {
      value: proxy,
      configurable: true,
      writable: true,
      enumerable: false,
    });
  }
  return proxy;
}

/** Globals that a module exports, too; as names.ts of the scan knows them. */
const exporters: readonly (readonly [module: string, keys: readonly string[]])[] = [
  ['node:buffer', ['Buffer', 'atob', 'btoa', 'Blob', 'File']],
  ['node:perf_hooks', ['performance']],
  ['node:timers', ['setTimeout', 'setInterval', 'setImmediate']],
  ['node:url', ['URL', 'URLSearchParams']],
  ['node:util', ['TextDecoder', 'TextEncoder']],
];

function trapCopy(key: string): void {
  const trapped = getOwnPropertyDescriptor(globalThis, key);
  const [module] = exporters.find(([, keys]) => keys.includes(key)) ?? [];
  const exported = module === undefined ? undefined : loadBuiltin(module);
  if (exported === undefined || trapped === undefined || !(key in exported)) return;
  // What cannot be listed is no export.
  defineProperty(exported, key, { ...trapped, enumerable: true });
}

/** Four constructors make functions from strings; three of them are reached through a function only. */
function trapFunctionConstructors(trap: Trap): void {
  const proxy = refusing(Function, trap);
  defineProperty(globalThis, 'Function', {
    value: proxy,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  for (const example of [async () => {}, function* () {}, async function* () {}]) {
    const maker: unknown = getPrototypeOf(example)?.constructor;
    if (typeof maker !== 'function') continue;
    // They inherit from Function, which would otherwise be found there untouched.
    setPrototypeOf(maker, proxy);
    refusing(maker as Callable, trap);
  }
}

/** Where an exercise may ask for builtin modules by name, it still does not get the refused ones. */
function guardModules(modules: readonly Trap[]): void {
  const original = process.getBuiltinModule as Callable;
  const getBuiltinModule = standIn(original, {
    apply(_, receiver, args: [unknown]) {
      const id = `${args[0]}`;
      const name = beginsWith(id, 'node:') ? id : `node:${id}`;
      for (let i = 0; i < modules.length; i++) {
        const trap = modules[i];
        // `node:fs` stands for `node:fs/promises` too.
        if (trap !== undefined && (name === trap.api || beginsWith(name, `${trap.api}/`))) refuse(trap);
      }
      return apply(original, receiver, [id]);
    },
  });
  defineProperty(process, 'getBuiltinModule', {
    value: getBuiltinModule,
    configurable: true,
    writable: true,
  });
  const moduleTrap = modules.find(({ api }) => api === 'node:module');
  const nodeModule = loadBuiltin('node:module');
  if (moduleTrap !== undefined && nodeModule !== undefined)
    trapMember(nodeModule, 'createRequire', moduleTrap);
}

function refuse({ api, why }: Trap): void {
  if (calledByCraft()) return;
  const error = new StandardError(`${api}: ${why}`);
  error.name = 'ForbiddenApi';
  throw error;
}

/**
 * Whether the code that called a trap is a driver: the first file of the stack that stands for itself. The student's
 * code may have patched whatever it can reach, so only what was taken above is called here, and nothing of the
 * student's may run before the answer is known: it would be handed the function that finds it.
 */
export function calledByCraft(): boolean {
  // Node asks the global Error how a stack is to be written.
  if (getOwnPropertyDescriptor(globalThis, 'Error')?.value !== StandardError) return false;
  const before = [limitKey, prepareKey].map((key) => getOwnPropertyDescriptor(StandardError, key));
  let caller = '';
  const prepare = (_: unknown, sites: readonly NodeJS.CallSite[]): void => {
    for (let i = 0; i < sites.length && caller === ''; i++) {
      const site = sites[i];
      const file: unknown = site === undefined ? '' : apply(getFileName, site, []);
      if (typeof file === 'string' && file !== guards[0] && file !== guards[1]) caller = file;
    }
  };
  // Defined, not assigned: a setter would get the function.
  if (define(limitKey, dataOf(8)) && define(prepareKey, dataOf(prepare))) void new StandardError().stack;
  define(limitKey, before[0]);
  define(prepareKey, before[1]);
  return caller !== host && beginsWith(caller, trusted);
}

const limitKey = 'stackTraceLimit';
const prepareKey = 'prepareStackTrace';

/** Without a prototype, where the student's code may have put a getter. */
function dataOf(value: unknown): PropertyDescriptor {
  return {
    __proto__: null,
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  } as PropertyDescriptor;
}

function define(key: string, descriptor: PropertyDescriptor | undefined): boolean {
  if (descriptor === undefined) return deleteProperty(StandardError, key);
  return defineProperty(StandardError, key, setPrototypeOf(descriptor, null) ? descriptor : {});
}

/** `startsWith`, which the student's code cannot have patched. */
export function beginsWith(text: string, prefix: string): boolean {
  for (let i = 0; i < prefix.length; i++) if (text[i] !== prefix[i]) return false;
  return true;
}

/** The method of V8's call sites that tells the file. */
function takeGetFileName(): () => string | null | undefined {
  const { prepareStackTrace } = Error;
  let method: () => string | null | undefined = () => '';
  Error.prepareStackTrace = (_, [site]) => {
    if (site !== undefined) method = site.getFileName as typeof method;
  };
  void new Error().stack;
  Error.prepareStackTrace = prepareStackTrace;
  return method;
}
