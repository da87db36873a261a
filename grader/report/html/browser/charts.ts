/**
 * The charts of the page: draws them and moves their cursors by mouse, touch and keyboard. It stands in the page by
 * itself: what it imports is written before it, in the same module.
 */
import type UPlot from 'uplot';
import type { Chart, ChartSeries } from '../chart.ts';
import { colour, xAxis, yAxis, yRange } from './axes.ts';

declare const uPlot: typeof UPlot;

interface Drawn {
  readonly chart: Chart;
  readonly plot: UPlot;
  /** The element that has the focus, and the size. */
  readonly root: HTMLElement;
}

const { charts, dashes }: { charts: Chart[]; dashes: number[][] } = JSON.parse(
  document.getElementById('charts')?.textContent ?? '{"charts":[],"dashes":[]}',
);

function draw(chart: Chart): Drawn | undefined {
  const root = document.getElementById(chart.id);
  if (root === null) return undefined;
  const data: UPlot.AlignedData = [[...chart.x.values], ...chart.series.map(({ values }) => [...values])];
  const plot = new uPlot(options(chart, root), data, root);
  const each = { chart, plot, root };
  root.addEventListener('keydown', (event) => onKey(each, event));
  root.addEventListener('blur', () => moveTo(each, null));
  new ResizeObserver(() => plot.setSize(sizeOf(chart, root))).observe(root);
  return each;
}

function sizeOf({ height }: Chart, root: HTMLElement): { width: number; height: number } {
  const width = Math.max(200, root.clientWidth);
  return { width, height: width < 480 ? Math.min(height, 300) : height };
}

function options(chart: Chart, root: HTMLElement): UPlot.Options {
  const { x, y } = chart;
  return {
    ...sizeOf(chart, root),
    pxAlign: 0,
    legend: { show: false },
    padding: [14, 26, 0, 0],
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      points: {
        show: chart.kind !== 'bars',
        size: 9,
        width: 2,
        fill: () => colour('surface'),
        stroke: (_plot, index) => seriesColour(index),
      },
    },
    scales: {
      x: { time: false, range: [...x.range], ...(x.scale === 'log' ? { distr: 3, log: 10 } : {}) },
      y: {
        ...(y.scale === 'log' ? { distr: 3, log: 10 } : {}),
        range: (_plot, least, most) => yRange(chart, least, most),
      },
    },
    axes: [xAxis(chart), yAxis(chart)],
    series: [{}, ...chart.series.map((series, index) => seriesOptions(chart, series, index + 1))],
    hooks: {
      setCursor: [(plot) => show(chart, root, plot.cursor.idx ?? null)],
      // Under the values: they may lie on it.
      drawAxes: [(plot) => drawLimit(chart, plot)],
      draw: [(plot) => drawBarTexts(chart, plot)],
    },
  };
}

function seriesColour(index: number): string {
  return colour(`s${((index - 1) % dashes.length) + 1}`);
}

function seriesOptions(chart: Chart, { spanGaps }: ChartSeries, index: number): UPlot.Series {
  const stroke = (): string => seriesColour(index);
  const width = 2.25;
  if (chart.kind === 'bars') {
    // One series on each side of its place; the second is hollow.
    const paths = uPlot.paths.bars?.({ size: [0.34, 90], align: index === 1 ? -1 : 1, radius: 0.06, gap: 4 });
    const fill = (): string => `${stroke()}${index === 1 ? '' : '2e'}`;
    return { stroke, fill, width, points: { show: false }, ...(paths === undefined ? {} : { paths }) };
  }
  const paths = chart.kind === 'steps' ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    stroke,
    width,
    spanGaps,
    dash: dashes[(index - 1) % dashes.length] ?? [],
    points: { show: chart.dots, size: 7, fill: stroke, stroke },
    ...(chart.kind === 'steps' ? { fill: () => `${stroke()}1f` } : {}),
    ...(paths === undefined ? {} : { paths }),
  };
}

function drawLimit({ limit }: Chart, plot: UPlot): void {
  if (limit === undefined) return;
  const { ctx, bbox } = plot;
  const y = plot.valToPos(limit.value, 'y', true);
  ctx.save();
  ctx.strokeStyle = colour('limit');
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

/** Each bar's value above it, where it is wide enough. */
function drawBarTexts({ kind, series }: Chart, plot: UPlot): void {
  if (kind !== 'bars') return;
  const { ctx } = plot;
  const step = plot.valToPos(1, 'x', true) - plot.valToPos(0, 'x', true);
  const width = Math.min(step * 0.34, 90 * devicePixelRatio);
  ctx.save();
  ctx.font = `600 ${12 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.fillStyle = colour('text');
  ctx.textAlign = 'center';
  series.forEach(({ values, labels }, index) => {
    values.forEach((value, at) => {
      const text = labels?.[at] ?? '';
      if (value === null || ctx.measureText(text).width > width * 1.15) return;
      const x = plot.valToPos(at, 'x', true) + (index === 0 ? -width / 2 : width / 2);
      ctx.fillText(text, x, plot.valToPos(value, 'y', true) - 6 * devicePixelRatio);
    });
  });
  ctx.restore();
}

/** Puts the values at the cursor beside the names of their series. */
function show(chart: Chart, root: HTMLElement, index: number | null): void {
  const place = root.parentElement;
  if (place === null) return;
  const at = place.querySelector('.at');
  if (at !== null) at.textContent = index === null ? '' : (chart.x.texts[index] ?? '');
  place.querySelectorAll('.value').forEach((element, series) => {
    element.textContent = index === null ? '' : (chart.series[series]?.texts[index] ?? '');
  });
}

/** Moves the cursor to a value and says it; null takes it away. */
function moveTo({ chart, plot }: Drawn, index: number | null): void {
  const spoken = document.getElementById('spoken');
  if (index === null) {
    plot.setCursor({ left: -10, top: -10 });
    return;
  }
  const heights = chart.series
    .map(({ values }) => values[index])
    .filter((value) => typeof value === 'number');
  const left = plot.valToPos(chart.x.values[index] ?? 0, 'x');
  plot.setCursor({ left, top: plot.valToPos(heights[0] ?? 1, 'y') });
  const parts = chart.series.map(({ name, texts }) => `${name}: ${texts[index] ?? 'nothing'}`);
  if (spoken !== null) spoken.textContent = `${chart.x.texts[index] ?? ''}. ${parts.join('. ')}.`;
}

function onKey(each: Drawn, event: KeyboardEvent): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const last = each.chart.x.values.length - 1;
  const now = each.plot.cursor.idx ?? null;
  const far = Math.max(1, Math.round(last / 10));
  const next: Record<string, number | null> = {
    ArrowRight: now === null ? 0 : now + 1,
    ArrowLeft: now === null ? last : now - 1,
    PageUp: (now ?? 0) + far,
    PageDown: (now ?? last) - far,
    Home: 0,
    End: last,
    Escape: null,
  };
  const index = next[event.key];
  if (index === undefined) return;
  event.preventDefault();
  moveTo(each, index === null ? null : Math.min(last, Math.max(0, index)));
}

const drawn = charts.map(draw).filter((each) => each !== undefined);

function redraw(): void {
  for (const { plot } of drawn) plot.redraw(false);
}

// Colours are read when something is drawn, so a new theme needs nothing else.
document.addEventListener('craft-theme', redraw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
// Paper has a width of its own.
addEventListener('beforeprint', () => {
  for (const { chart, plot } of drawn) plot.setSize({ width: 640, height: chart.height });
});
addEventListener('afterprint', () => {
  for (const { chart, plot, root } of drawn) plot.setSize(sizeOf(chart, root));
});
