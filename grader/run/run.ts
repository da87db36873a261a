/**
 * The pipeline, and the only place its order is written:
 * compile -> rules -> behaviour -> gate -> verdict -> progress.
 */
import { join } from 'node:path';
import { brokenSeal, compile, replacedNotice, ruleError, scanRules, sealOf } from '../compile/index.ts';
import { CraftError, describe } from '../core/errors.ts';
import { leadingFailure } from '../core/leading.ts';
import { craftVersion } from '../core/paths.ts';
import { newSeed } from '../core/random.ts';
import type { Attempt, Build, CheckResult, GateResult, Stage, Verdict } from '../core/types.ts';
import { runGates } from '../gate/index.ts';
import { type AttemptDraft, openProgress } from '../progress/index.ts';
import { startSubject } from '../subject/index.ts';
import {
  type BehaviourOptions,
  type BehaviourResult,
  type BehaviourRun,
  type BehaviourRunner,
  createBehaviourRunner,
} from './behaviour.ts';
import { checksDirectory, loadGates } from './checks.ts';
import { snapshot, unlockedBy } from './keeping.ts';
import { inSharedFolder } from './shared.ts';
import type { Runner, RunnerOptions, RunOptions } from './types.ts';

/** What the stages have found so far. */
interface Findings {
  diagnostics: Attempt['diagnostics'];
  violations: Attempt['violations'];
  checks: readonly CheckResult[];
  missing: readonly string[];
  gates: readonly GateResult[];
  output: string;
  build?: Build;
}

/** A runner keeps what is slow to start between runs; close it, or the process stays. */
export function createRunner({ spare = false }: RunnerOptions = {}): Runner {
  const behaviour = createBehaviourRunner({ spare });
  return {
    run: async (options) => {
      const { record, workspace, onEvent } = options;
      const work = () => inSharedFolder(options, (own) => judge(behaviour, own));
      if (!record) return { ...(await work()).draft, number: 0, schema: 1 };
      const store = openProgress(workspace);
      const onWait = ({ pid }: { readonly pid: number }): void =>
        onEvent?.({ type: 'notice', text: `Waiting for another craft (process ${pid}) to finish.` });
      const attempt = await store.during(
        async () => {
          const { draft, build } = await work();
          if (draft.verdict.outcome === 'error') return { ...draft, number: 0, schema: 1 as const };
          const unlocked = unlockedBy(draft, options, await store.read());
          const content = { files: build === undefined ? [] : await snapshot(build), log: draft.output };
          return (await store.recordAttempt({ ...draft, unlocked }, content)).attempt;
        },
        { onWait },
      );
      for (const notice of store.takeNotices()) onEvent?.({ type: 'notice', text: notice.text });
      return attempt;
    },
    close: () => behaviour.close(),
  };
}

async function judge(
  behaviour: BehaviourRunner,
  options: RunOptions,
): Promise<{ draft: AttemptDraft; build?: Build }> {
  const startedAt = new Date();
  const started = performance.now();
  const seed = options.seed ?? newSeed();
  const findings: Findings = {
    diagnostics: [],
    violations: [],
    checks: [],
    missing: [],
    gates: [],
    output: '',
  };
  const verdict = await runStages(behaviour, options, seed, findings);
  if (options.signal?.aborted === true) throw new CraftError('INTERRUPTED');
  const { build, ...found } = findings;
  const draft: AttemptDraft = {
    exercise: options.exercise.id,
    startedAt: startedAt.toISOString(),
    ms: Math.round(performance.now() - started),
    seed,
    ...(options.only === undefined ? {} : { only: options.only }),
    craft: craftVersion,
    node: process.versions.node,
    verdict,
    ...found,
    unlocked: [],
  };
  return build === undefined ? { draft } : { draft, build };
}

async function runStages(
  behaviour: BehaviourRunner,
  options: RunOptions,
  seed: string,
  findings: Findings,
): Promise<Verdict> {
  const { curriculum, workspace, exercise, only, jail, signal, onEvent } = options;
  if (only !== 'gate') behaviour.warmUp();
  let checks: BehaviourRun | undefined;
  try {
    onEvent?.({ type: 'stage', stage: 'compile' });
    const compiled = await compile({
      curriculum,
      exercise,
      sourceRoot: workspace.root,
      buildRoot: join(workspace.state, 'build'),
      onStaged: (build) => {
        if (only !== 'gate') checks = behaviour.prepare(behaviourOf(options, build, seed));
      },
      onReplaced: (files) => onEvent?.({ type: 'notice', text: replacedNotice(files) }),
      ...(jail === undefined ? {} : { jail }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (compiled.outcome === 'failed') {
      findings.diagnostics = compiled.diagnostics;
      return failed('compile', compiled.error);
    }
    const { build } = compiled;
    findings.build = build;

    onEvent?.({ type: 'stage', stage: 'rules' });
    findings.violations = await scanRules(build, curriculum);
    const [violation] = findings.violations;
    if (violation !== undefined) return failed('rules', ruleError(violation));
    const seal = await sealOf(build);

    if (checks !== undefined) {
      onEvent?.({ type: 'stage', stage: 'behaviour' });
      const verdict = judgeChecks(await checks.check(), options, build, findings);
      if (verdict !== undefined) return verdict;
    }
    if (only !== 'behaviour' && exercise.gates.length > 0) {
      onEvent?.({ type: 'stage', stage: 'gate' });
      const hold = (): Promise<Verdict | undefined> => holdGates(options, build, seed, findings);
      const verdict = await (options.gateTurn?.(hold) ?? hold());
      if (verdict !== undefined) return verdict;
    }
    const broken = await brokenSeal(build, seal);
    if (broken !== undefined) return failed('rules', broken);
    return { outcome: 'passed' };
  } finally {
    checks?.drop();
  }
}

function behaviourOf(
  { exercise, checks, checksDirectory: given, signal, onEvent }: RunOptions,
  build: Build,
  seed: string,
): BehaviourOptions {
  return {
    config: {
      build,
      driverDirectory: given ?? checksDirectory(exercise),
      seed,
      ...(checks === undefined ? {} : { only: checks }),
    },
    ...(signal === undefined ? {} : { signal }),
    onCheck: (result) => onEvent?.({ type: 'check', result }),
  };
}

/** Undefined when every check of the manifest ran and passed. */
function judgeChecks(
  result: BehaviourResult,
  { exercise, checks: wanted }: RunOptions,
  build: Build,
  findings: Findings,
): Verdict | undefined {
  // Stack traces name the copies that were compiled; the student's own files are the ones to open.
  findings.output = result.output.replaceAll(`${build.source}/`, '');
  findings.checks = result.checks;
  if (result.internal !== undefined) return internal(result.internal);
  const expected = wanted ?? exercise.checks;
  const ran = new Set(result.checks.map(({ id }) => id));
  findings.missing = expected.filter((id) => !ran.has(id));
  const failure = leadingFailure(result.checks)?.failure;
  if (failure !== undefined) {
    return { outcome: 'failed', stage: 'behaviour', code: failure.code, summary: failure.summary };
  }
  if (findings.missing.length === 0) return undefined;
  const details = { ran: ran.size, expected: expected.length, missing: findings.missing.join(', ') };
  return failed('behaviour', new CraftError('CHECKS_MISSING', details));
}

/** Undefined when every gate passed. */
async function holdGates(
  { exercise, workspace, signal, onEvent }: RunOptions,
  build: Build,
  seed: string,
  findings: Findings,
): Promise<Verdict | undefined> {
  findings.gates = await runGates({
    gates: await loadGates(exercise),
    build,
    driverDirectory: checksDirectory(exercise),
    start: startSubject,
    seed,
    scratchRoot: build.jail?.shared ?? join(workspace.state, 'scratch'),
    ...(signal === undefined ? {} : { signal }),
    onProgress: ({ gate, message }) => onEvent?.({ type: 'gate-progress', id: gate, text: message }),
  });
  for (const result of findings.gates) onEvent?.({ type: 'gate', result });
  const wrong = findings.gates.find(({ outcome }) => outcome === 'failed');
  if (wrong !== undefined) return failed('gate', gateError('GATE_FAILED', wrong));
  const unsure = findings.gates.find(({ outcome }) => outcome === 'inconclusive');
  if (unsure === undefined) return undefined;
  const { message } = gateError('INCONCLUSIVE', unsure);
  return { outcome: 'inconclusive', stage: 'gate', code: 'INCONCLUSIVE', summary: message };
}

function gateError(code: 'GATE_FAILED' | 'INCONCLUSIVE', gate: GateResult): CraftError {
  const measured =
    gate.measured === null ? (gate.reason ?? 'nothing could be measured') : round(gate.measured);
  return new CraftError(code, {
    title: gate.title,
    measured,
    limit: `${round(gate.limit)} ${gate.unit}`,
    reason: gate.reason ?? 'the noise of this machine decided',
  });
}

function round(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

function failed(stage: Stage, error: CraftError): Verdict {
  return { outcome: 'failed', stage, code: error.code, summary: error.message };
}

function internal(stack: string): Verdict {
  return { outcome: 'error', code: 'INTERNAL', summary: describe('INTERNAL', { message: stack }) };
}
