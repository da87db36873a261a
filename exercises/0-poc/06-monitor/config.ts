/** Given: reads the monitor's configuration, and refuses what it does not understand by the name of its key. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Rule } from '../05-alerts/alerts.ts';

/** Everything that can be chosen about a monitor. */
export interface Config {
  /** The TCP port; 0 lets the system choose a free one. */
  readonly port: number;
  /** Accepted metrics, one JSON line each. */
  readonly dataFile: string;
  /** Alert events, one JSON line each. */
  readonly alertLog: string;
  /** How many metrics may wait for the disk. */
  readonly queueCapacity: number;
  /** The most metrics that one append writes (exercise 0.2). */
  readonly batch: number;
  /** The largest request body, in bytes. */
  readonly maxBody: number;
  /** From one tick of the alert loop to the next. */
  readonly alertIntervalMs: number;
  /** How long close() waits for requests that are still being sent or answered. */
  readonly graceMs: number;
  readonly rules: readonly Rule[];
}

/** A configuration that cannot be used. The message names the file and the key. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Check = (value: unknown) => string | undefined;

/** What is wrong with a value, in words that follow "must be"; undefined when nothing is. */
const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'a text that is not empty';

const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER): Check =>
  (value) => {
    if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return undefined;
    return most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`;
  };

const list: Check = (value) => (Array.isArray(value) ? undefined : 'a list');

const keys: Record<keyof Config, { check: Check; fallback?: unknown }> = {
  port: { check: whole(0, 65_535), fallback: 0 },
  dataFile: { check: text },
  alertLog: { check: text },
  queueCapacity: { check: whole(1), fallback: 10_000 },
  batch: { check: whole(1), fallback: 100 },
  maxBody: { check: whole(1), fallback: 1_048_576 },
  alertIntervalMs: { check: whole(1), fallback: 10_000 },
  graceMs: { check: whole(0), fallback: 2_000 },
  rules: { check: list, fallback: [] },
};

const ruleKeys: Record<keyof Rule, Check> = {
  id: text,
  metric: text,
  op: (value) => (value === '>' || value === '<' ? undefined : '">" or "<"'),
  threshold: (value) => (Number.isFinite(value) ? undefined : 'a number'),
  windowMs: whole(1),
};

/**
 * Reads and checks a configuration file. Paths in it are relative to the folder that it is in.
 * Throws a `ConfigError` of one line that names the file, and the key if one is to blame.
 */
export async function readConfig(path: string): Promise<Config> {
  const fail = (message: string): never => {
    throw new ConfigError(`${path}: ${message}`);
  };
  const source = await readFile(path, 'utf8').catch((error: Error) =>
    fail(`cannot be read (${error.message})`),
  );
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch (error) {
    return fail(`is not JSON (${error instanceof Error ? error.message : error})`);
  }
  const config = checkKeys(json, fail);
  const folder = dirname(resolve(path));
  return {
    ...config,
    dataFile: resolve(folder, config.dataFile),
    alertLog: resolve(folder, config.alertLog),
  };
}

function checkKeys(json: unknown, fail: (message: string) => never): Config {
  if (!isObject(json)) return fail('must hold one object: { "port": 8080, … }');
  const names = Object.keys(keys);
  for (const key of Object.keys(json)) {
    if (!names.includes(key)) fail(`"${key}" is not a key of the configuration (${names.join(', ')})`);
  }
  const config: Record<string, unknown> = {};
  for (const [key, { check, fallback }] of Object.entries(keys)) {
    const value = json[key] ?? fallback;
    const wrong = check(value);
    if (wrong !== undefined) fail(`"${key}" must be ${wrong}, not ${show(value)}`);
    config[key] = value;
  }
  checkRules(config.rules as unknown[], fail);
  // Every key of Config was checked above.
  return config as unknown as Config;
}

function checkRules(rules: readonly unknown[], fail: (message: string) => never): void {
  const ids = new Set<unknown>();
  for (const [index, rule] of rules.entries()) {
    const where = `rules[${index}]`;
    if (!isObject(rule)) fail(`"${where}" must be an object, not ${show(rule)}`);
    for (const [key, check] of Object.entries(ruleKeys)) {
      const wrong = check(rule[key]);
      if (wrong !== undefined) fail(`"${where}.${key}" must be ${wrong}, not ${show(rule[key])}`);
    }
    // The alert loop keeps its state by id: two rules with one id would answer for each other.
    if (ids.has(rule.id)) fail(`"${where}.id" is ${show(rule.id)}, which an earlier rule has already`);
    ids.add(rule.id);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
