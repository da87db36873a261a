import type { CheckResult } from './types.ts';

/**
 * The failed check to speak of first: what is written and wrong before what is not written yet, and otherwise the
 * order of the file.
 */
export function leadingFailure(checks: readonly CheckResult[]): CheckResult | undefined {
  const failed = checks.filter(({ status }) => status === 'failed');
  return failed.find(({ failure }) => failure?.code !== 'NOT_WRITTEN') ?? failed[0];
}
