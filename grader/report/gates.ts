/** One gate: limit, measured, the distance, the yardstick's own number, one thing to try. */
import type { GateResult } from '../core/types.ts';
import { cleanLine } from './clean.ts';
import type { Style } from './style.ts';
import { field, indent } from './text.ts';

/** Three significant figures are more than any gate can tell apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const decimals = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: decimals });
}

function amount(value: number | null, unit: string): string {
  if (value === null) return 'nothing';
  return unit === '' ? figure(value) : `${figure(value)} ${unit}`;
}

/** How far the measured value stands from the limit: "27 % over", "24 % to spare". */
export function distance({ measured, limit, better }: GateResult): string {
  if (measured === null || !Number.isFinite(measured)) return 'nothing measured';
  const bad = better === 'lower' ? measured - limit : limit - measured;
  if (bad === 0) return 'exactly at the limit';
  const share = limit === 0 ? '' : `${figure((Math.abs(bad) / Math.abs(limit)) * 100)} %`;
  const by = share === '' ? figure(Math.abs(bad)) : share;
  if (bad < 0) return `${by} to spare`;
  return better === 'lower' ? `${by} over` : `${by} short`;
}

/** The gate's lines. A passed one takes a single line. */
export function gateLines(gate: GateResult, style: Style): string[] {
  const bound = `${gate.better === 'lower' ? 'at most' : 'at least'} ${amount(gate.limit, gate.unit)}`;
  const title = cleanLine(gate.title);
  if (gate.outcome === 'passed') {
    const numbers = `${amount(gate.measured, gate.unit)}, ${bound} ${gate.better === 'lower' ? 'allowed' : 'needed'}`;
    const note = gate.note === undefined ? [] : [style.dim(`  ${cleanLine(gate.note)}`)];
    return [`${style.green('✓')} ${title}`, style.dim(`  ${numbers}: ${distance(gate)}`), ...note];
  }
  const rows: [string, string][] = [['limit', bound]];
  if (gate.measured !== null)
    rows.push(['measured', `${amount(gate.measured, gate.unit)} (${distance(gate)})`]);
  if (gate.yardstick) {
    rows.push(['yardstick', `${gate.yardstick.name}: ${amount(gate.yardstick.value, gate.yardstick.unit)}`]);
  }
  rows.push(['reference', gate.reference]);
  if (gate.note !== undefined) rows.push(['note', cleanLine(gate.note)]);
  if (gate.reason !== undefined) rows.push(['why', cleanLine(gate.reason)]);
  rows.push(['try', gate.outcome === 'failed' ? gate.advice : 'close other programs, then run it again']);
  const mark = gate.outcome === 'failed' ? style.red('✗') : style.yellow('?');
  const state = gate.outcome === 'failed' ? '' : style.yellow(' (inconclusive)');
  const fields = rows.flatMap(([label, text]) => field(style.dim(label), text, 9, style.columns - 2));
  return [`${mark} ${style.bold(title)}${state}`, ...indent(fields)];
}
