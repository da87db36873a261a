/** How the page looks, on a screen in light or dark, on a phone, and on paper. */
import { maxSeries } from './chart.ts';

interface Theme {
  readonly page: string;
  readonly surface: string;
  readonly text: string;
  readonly soft: string;
  readonly line: string;
  readonly accent: string;
  readonly good: string;
  readonly limit: string;
  /** Told apart by every kind of colour vision, at least 3:1 against the surface (a test computes it). */
  readonly series: readonly string[];
}

export const themes: { readonly light: Theme; readonly dark: Theme } = {
  light: {
    page: '#f4f6f9',
    surface: '#ffffff',
    text: '#1a2230',
    soft: '#566072',
    line: '#dde2ea',
    accent: '#1d63d8',
    good: '#12835f',
    limit: '#c22a2a',
    series: ['#1d63d8', '#8a3208', '#12835f', '#d1289b', '#978212', '#2f3545'],
  },
  dark: {
    page: '#0d1117',
    surface: '#161b22',
    text: '#e6ebf2',
    soft: '#a3adba',
    line: '#2c343f',
    accent: '#6aa5ff',
    good: '#3fdcab',
    limit: '#ff7b72',
    series: ['#4a90ff', '#d4671c', '#3fdcab', '#f79fde', '#f7da6b', '#868d98'],
  },
};

/** Lines differ in this too: colour alone is not for everyone, nor for a black-and-white printer. */
export const dashes: readonly (readonly number[])[] = [
  [],
  [9, 4],
  [2, 3],
  [12, 3, 2, 3],
  [5, 2],
  [16, 5, 5, 5],
];

function variables(theme: Theme): string {
  const { series, ...others } = theme;
  const all = [
    ...Object.entries(others),
    ...series.slice(0, maxSeries).map((colour, index) => [`s${index + 1}`, colour]),
  ];
  return all.map(([name, value]) => `--${name}:${value};`).join('');
}

const keys = themes.light.series.map((_colour, index) => `.key.s${index + 1}{color:var(--s${index + 1})}`);

export const style = `
:root{${variables(themes.light)}color-scheme:light}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${variables(themes.dark)}color-scheme:dark}}
:root[data-theme=dark]{${variables(themes.dark)}color-scheme:dark}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
header.top,main,footer{max-width:1120px;margin:0 auto;padding:0 24px}
header.top{display:grid;grid-template-columns:1fr auto;gap:4px 16px;align-items:center;padding-top:36px}
.over{margin:0;color:var(--soft);font-size:14px}
h1{margin:0;overflow-wrap:anywhere;font-size:34px;line-height:1.2;letter-spacing:-.02em}
h2{margin:0 0 4px;font-size:23px;line-height:1.3;letter-spacing:-.01em}
h3{margin:0;font-size:16px;line-height:1.4}
nav{grid-column:1/-1;margin-top:12px;border-bottom:1px solid var(--line)}
nav ul{display:flex;flex-wrap:wrap;gap:4px 22px;list-style:none;margin:0;padding:0 0 10px}
a{color:var(--accent)}
nav a{color:var(--soft);text-decoration:none;font-size:15px}
nav a:hover{color:var(--accent);text-decoration:underline}
button{font:inherit;font-size:14px;color:var(--text);background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:6px 12px;min-height:36px;cursor:pointer;white-space:nowrap}
button:hover{border-color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
main:focus{outline:none}
.skip{position:absolute;left:16px;top:-60px;background:var(--surface);padding:8px 14px;border-radius:0 0 8px 8px;z-index:9}
.skip:focus{top:0}
.quiet{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
section{margin-top:52px;scroll-margin-top:12px}
section.summary{margin-top:28px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;margin:0}
.tiles div{display:flex;flex-direction:column-reverse;justify-content:flex-end;background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:16px 18px}
.tiles dt{color:var(--soft);font-size:14px;line-height:1.4}
.tiles dd{margin:0;font-size:30px;font-weight:650;line-height:1.2;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.crafts{list-style:none;margin:20px 0 0;padding:0;display:grid;gap:8px}
.crafts li{display:grid;grid-template-columns:minmax(70px,auto) 1fr auto;gap:14px;align-items:center;font-size:15px}
.craft{font-weight:600}
progress{appearance:none;width:100%;height:12px;border:0;border-radius:6px;background:var(--line);overflow:hidden}
progress::-webkit-progress-bar{background:var(--line);border-radius:6px}
progress::-webkit-progress-value{background:var(--good);border-radius:6px}
progress::-moz-progress-bar{background:var(--good);border-radius:6px}
.machine,.note{color:var(--soft);font-size:14px;margin:14px 0 0}
.lead{margin:0 0 18px;max-width:76ch;color:var(--soft)}
.empty,.hint{background:var(--surface);border:1px dashed var(--soft);border-radius:12px;padding:18px 20px;margin:0 0 16px}
code{font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--page);border:1px solid var(--line);border-radius:6px;padding:2px 7px;display:inline-block;max-width:100%}
.figures{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px;align-items:stretch}
.figure{grid-column:1/-1;margin:0;background:var(--surface);border:1px solid var(--line);border-radius:14px;padding:18px 20px;min-width:0}
.figure.small{grid-column:auto}
.figure.small:last-child:nth-child(odd){grid-column:1/-1}
figcaption p{margin:2px 0 0;color:var(--soft);font-size:14.5px;max-width:80ch}
.chart{margin-top:12px}
.axis{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 16px;margin:0 0 4px;color:var(--soft);font-size:12.5px;line-height:1.6}
.plot{min-width:0;border-radius:6px}
.plot.low{min-height:200px}.plot.middle{min-height:250px}.plot.high{min-height:360px}
.uplot{width:100%;font-family:inherit}
.u-cursor-pt{pointer-events:none}
.u-hz .u-cursor-x{border-right:1px solid var(--soft)}
.at{font-size:14px;font-weight:600;color:var(--text);line-height:1.4}
.legend{list-style:none;margin:8px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:3px 22px;font-size:14px}
.legend li{display:flex;align-items:center;gap:8px;min-width:0}
.legend span{min-width:0;overflow-wrap:anywhere}
.value{font-variant-numeric:tabular-nums;white-space:nowrap}
.key{width:28px;height:12px;flex:none}
.key line{stroke:currentColor;stroke-width:3}
.key rect{stroke:currentColor;stroke-width:2;fill:currentColor}
.key.hollow rect{fill-opacity:.18}
.key.limit{color:var(--limit)}
.key.limit line{stroke-width:2}
${keys.join('\n')}
details{margin-top:12px;border-top:1px solid var(--line);padding-top:10px}
summary{cursor:pointer;color:var(--accent);font-size:14.5px;padding:4px 0}
/* A shadow on the side where the table goes on. */
.scroll{overflow-x:auto;margin-top:10px;border-radius:4px;background:linear-gradient(90deg,var(--surface) 30%,transparent) 0 0/40px 100% no-repeat local,linear-gradient(270deg,var(--surface) 30%,transparent) 100% 0/40px 100% no-repeat local,linear-gradient(90deg,#0002,transparent) 0 0/12px 100% no-repeat scroll,linear-gradient(270deg,#0002,transparent) 100% 0/12px 100% no-repeat scroll}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:7px 20px 7px 0;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:2px}
td:not(.number){min-width:8em}
td:last-child:not(:only-child,.number){min-width:14em}
thead th{color:var(--soft);font-weight:600;white-space:nowrap}
tbody th{font-weight:500;min-width:11em}
.number{text-align:right;white-space:nowrap}
tbody tr:last-child>*{border-bottom:0}
footer{margin-top:60px;padding-bottom:40px;color:var(--soft);font-size:14px}
@media (max-width:760px){
header.top,main,footer{padding-left:14px;padding-right:14px}
header.top{padding-top:20px}
h1{font-size:27px}
.figures{grid-template-columns:minmax(0,1fr);gap:12px}
.figure{padding:14px}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px}
.tiles div{padding:12px 14px}
.tiles dd{font-size:24px}
.tiles div:last-child:nth-child(odd){grid-column:1/-1}
.crafts li{grid-template-columns:1fr auto}
.crafts progress{grid-column:1/-1;grid-row:2}
.legend{flex-direction:column}
.plot.high{min-height:300px}
}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{
body{background:#fff;font-size:11pt}
nav,#theme,.skip,summary,.at{display:none}
.figure,.tiles div{break-inside:avoid;border-color:#bbb}
section{break-inside:auto;margin-top:28px}
h2,.lead{break-after:avoid}
.scroll{overflow:visible;background:none}
table{font-size:8pt}
th,td{padding-right:8px;min-width:0!important}
.number{white-space:normal}
}
`;
