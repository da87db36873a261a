/** What the page of a class adds to the look of the reports. */
export const classStyle = `
section{scroll-margin-top:8px}
.over{text-transform:none}
small{color:var(--soft);font-size:.86em;font-weight:400}
.warning{border:2px solid var(--limit);border-radius:12px;padding:12px 16px;margin:16px 0 0;background:var(--surface)}
.passed,.good{--tone:var(--good)}
.slow{--tone:var(--s1)}
.partly,.ungraded{--tone:var(--s5)}
.failed,.rejected{--tone:var(--limit)}
.open{--tone:var(--soft)}
.mark,td>i{font-style:normal;font-weight:700;color:var(--tone)}
/* What is only read aloud stands where its table scrolls. */
.scroll,.matrix{position:relative}
.panel{background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:2px 18px 8px}
.panel .scroll{margin-top:0}
.cards{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:minmax(0,1fr);gap:10px}
.card{background:var(--surface);border:1px solid var(--line);border-left:5px solid var(--tone);border-radius:10px;padding:10px 16px}
.card p{margin:0}
.card .reason{overflow-wrap:anywhere}
.card .who,.who details{line-height:1.9}
button.link{min-height:0;padding:1px 6px;border-radius:6px;font-size:14px;color:var(--accent);max-width:100%;overflow:hidden;text-overflow:ellipsis;vertical-align:bottom}
.who details{margin:0;border:0;padding:0}
.who summary{padding:0}
.bars th[scope=row]{padding-left:2.7em;text-indent:-2.7em}
.exercise{display:inline-block;min-width:2.4em;font-weight:650;text-indent:0}
.whole{display:inline-flex;gap:4px;align-items:baseline;max-width:100%}
.bars th[scope=row]{max-width:30em;overflow-wrap:anywhere}
.bars td{vertical-align:middle}
.bars td.bar,.bars td.stacked{min-width:0}
td.bar{width:20%}
td.bar svg{min-width:70px;max-width:calc(100% - 3.2em)}
td.bar small{margin-left:8px;white-space:nowrap}
td.stacked{width:26%}
.strip,svg.stack{display:inline-block;vertical-align:middle}
svg.stack{min-width:220px;border-radius:4px;overflow:hidden;background:var(--line)}
.strip.limit rect{fill:var(--limit)}
.strip.accent rect{fill:var(--accent)}
.stack rect{fill:var(--tone);stroke:var(--surface);stroke-width:1}
.stack .failed rect,.stack .partly rect,.stack .open rect{fill:color-mix(in srgb,var(--tone) 35%,var(--surface))}
.stack text{font-size:12px;font-weight:700;fill:var(--surface)}
.stack .failed text,.stack .partly text,.stack .open text{fill:var(--text)}
.stack .ungraded text,.stack .partly text{fill:var(--text)}
.none{color:var(--soft)}
.exercises th.number,.exercises td.number{padding-right:12px}
abbr{text-decoration:none}
.states,.chips{list-style:none;display:flex;flex-wrap:wrap;gap:6px 16px;margin:12px 0 0;padding:0;font-size:14px}
.tools{display:flex;flex-wrap:wrap;gap:10px 18px;align-items:center;margin-bottom:10px}
.tools[hidden]{display:none}
.tools label{font-size:14px;color:var(--soft);display:flex;gap:8px;align-items:center}
.tools p{margin:0;font-size:14px;color:var(--soft)}
input,select{font:inherit;font-size:15px;color:var(--text);background:var(--surface);border:1px solid var(--soft);border-radius:8px;padding:5px 10px;min-height:36px;max-width:100%}
.chips{gap:8px;margin:0 0 12px}
.chip{border-radius:18px;padding:3px 12px;min-height:32px}
.chip[aria-pressed=true]{border-color:var(--tone);background:color-mix(in srgb,var(--tone) 20%,var(--surface));box-shadow:inset 0 0 0 1px var(--tone)}
.matrix{overflow:auto;width:fit-content;max-width:100%;max-height:86vh;border:1px solid var(--line);border-radius:12px;background:var(--surface)}
/* Where all columns have room, the window scrolls alone, and the head sticks to its top. */
.matrix.fits{overflow:visible;max-height:none}
.matrix table{border-collapse:separate;border-spacing:0;width:auto}
.matrix th,.matrix td{padding:4px 6px;min-width:0!important;white-space:nowrap;vertical-align:middle;border-bottom:1px solid var(--line)}
.matrix td{text-align:right;min-width:50px!important}
.matrix td>i{float:left;margin-right:4px}
.matrix thead th{position:sticky;top:0;z-index:2;background:var(--surface);padding:2px 2px;text-align:right;border-bottom:2px solid var(--line)}
.matrix thead th:first-child{padding-left:6px;left:0;z-index:3;text-align:left}
.matrix tbody th{padding-left:10px;position:sticky;left:0;z-index:1;background:var(--surface);font-weight:600;border-right:2px solid var(--line);max-width:22em;overflow:hidden;text-overflow:ellipsis}
.matrix thead button{border:0;background:none;padding:4px 4px;min-height:32px;font-weight:650}
.matrix thead button:hover{color:var(--accent)}
.matrix [aria-sort=ascending] button::after{content:" ▲";font-size:10px}
.matrix [aria-sort=descending] button::after{content:" ▼";font-size:10px}
.matrix td[class]:not(.number){background:color-mix(in srgb,var(--tone) 15%,var(--surface))}
.matrix td.open{background:none}
.matrix td.open{color:var(--soft)}
.matrix tbody tr:hover>*{box-shadow:inset 0 -2px 0 var(--accent)}
.matrix tbody th,.matrix tbody td{cursor:pointer}
.matrix :focus-visible{outline-offset:-3px;position:relative;z-index:1}
.matrix tbody th:focus-visible{position:sticky;z-index:2}
.matrix thead th:first-child{border-top-left-radius:12px}
.matrix thead th:last-child{border-top-right-radius:12px}
::placeholder{color:var(--soft);opacity:1}
.matrix .name{display:inline-block;max-width:9em;overflow:hidden;text-overflow:ellipsis;vertical-align:bottom}
.matrix .empty{margin:14px}
.gates svg{display:block}
.gates .axis text{font-size:11px;fill:var(--soft);font-weight:400}
.histogram .good{fill:var(--good)}
.histogram .over{fill:none;stroke:var(--limit);stroke-width:2}
.histogram .at{stroke:var(--text);stroke-width:1.5;stroke-dasharray:3 2}
.histogram .base{stroke:var(--line);stroke-width:2}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:6px 20px;margin:8px 0 0}
.facts dt{color:var(--soft)}
.facts dd{margin:0}
dialog{width:min(760px,calc(100vw - 24px));max-height:88vh;color:var(--text);background:var(--surface);border:1px solid var(--soft);border-radius:14px;padding:18px 22px}
dialog::backdrop{background:#0009}
dialog header{display:flex;gap:16px;justify-content:space-between;align-items:flex-start;position:sticky;top:-18px;background:var(--surface);padding:4px 0 8px}
dialog h3{font-size:18px;overflow-wrap:anywhere}
dialog h4{margin:16px 0 4px;font-size:15px;overflow-wrap:anywhere}
dialog p{margin:4px 0;overflow-wrap:anywhere}
dialog pre{margin:0;padding:10px 12px;background:var(--page);border:1px solid var(--line);border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
dialog ul{list-style:none;margin:8px 0 0;padding:0;display:grid;gap:2px}
dialog li{overflow-wrap:anywhere}
dialog li button{width:100%;text-align:left;white-space:normal;border-color:transparent;padding:4px 6px}
dialog .soft{color:var(--soft);font-size:14px}
/* The matrix may be wider than the text, where the window is. */
@media (min-width:1168px){.matrix{max-width:calc(50vw + 500px)}}
@media (max-width:760px){
.panel{padding:2px 12px 6px}
.matrix .name{display:none}
.facts{grid-template-columns:1fr;gap:0}
.facts dd{margin-bottom:10px}
.tools label{width:100%}
.tools input,.tools select{flex:1;min-width:0}
td.stacked{width:220px}
}
@media print{
@page{size:A4 landscape;margin:12mm}
.tools,.chips,dialog,td.who,th.who{display:none}
button.link{border:0;padding:0;color:inherit;font-size:8.5pt}
.card .who{line-height:1.5}
.matrix{overflow:visible;max-height:none;border:0}
.matrix th,.matrix td{position:static!important;padding:2px 3px;font-size:7.5pt;min-width:0!important}
.matrix thead th,.matrix thead button{padding:2px;font-size:7.5pt}
.matrix .name{display:none}
.matrix thead{display:table-header-group}
tr{break-inside:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
