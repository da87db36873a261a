/** The page of a class: sorting, filtering, moving through the matrix by keyboard, and what stands behind a cell. */
import type { ClassData, RecordData, StudentData } from '../../grading/html/classdata.ts';

const data: ClassData = JSON.parse(
  document.getElementById('class')?.textContent ?? '{"exercises":[],"students":[]}',
);
const matrix = document.getElementById('matrix') as HTMLTableElement | null;
const body = matrix?.tBodies[0];
const rows = [...(body?.rows ?? [])];
const find = document.getElementById('find') as HTMLInputElement | null;
const stop = document.getElementById('stop') as HTMLSelectElement | null;
const chips = [...document.querySelectorAll<HTMLButtonElement>('.chip')];
const dialog = document.getElementById('detail') as HTMLDialogElement | null;

const studentOf = (row: HTMLTableRowElement): StudentData | undefined =>
  data.students[Number(row.dataset.row)];

// Sorting: by roster, by points, by an exercise; the same again turns it round.

let sorted: { by: string; turned: boolean } = { by: 'name', turned: false };

function numberOf(row: HTMLTableRowElement, by: string): number {
  if (by === 'name') return Number(row.dataset.row);
  const column = by === 'score' ? 1 : Number(by) + 2;
  return Number(row.cells[column]?.dataset.value);
}

function sort(by: string): void {
  sorted = { by, turned: sorted.by === by && !sorted.turned };
  // The weakest first: they are why one sorts by an exercise.
  const way = sorted.turned ? -1 : 1;
  const order = [...rows].sort(
    (a, b) => way * (numberOf(a, by) - numberOf(b, by)) || Number(a.dataset.row) - Number(b.dataset.row),
  );
  body?.append(...order);
  for (const button of matrix?.querySelectorAll<HTMLButtonElement>('[data-sort]') ?? []) {
    const state = button.dataset.sort === by ? (sorted.turned ? 'descending' : 'ascending') : 'none';
    button.closest('th')?.setAttribute('aria-sort', state);
  }
}

// Filtering: all that is asked for has to hold.

function shows(row: HTMLTableRowElement): boolean {
  const student = studentOf(row);
  if (student === undefined) return false;
  const wanted = (find?.value ?? '').trim().toLowerCase();
  const text = `${student.id} ${student.name} ${student.email}`.toLowerCase();
  const states = chips.filter((chip) => chip.ariaPressed === 'true').map((chip) => chip.dataset.state);
  return (
    text.includes(wanted) &&
    (stop === null || stop.value === '' || row.dataset.stop === stop.value) &&
    states.every((state) => student.records.some((record) => record?.state === state))
  );
}

function filter(): void {
  let count = 0;
  for (const row of rows) {
    row.hidden = !shows(row);
    if (!row.hidden) count++;
  }
  const shown = document.getElementById('shown');
  if (shown !== null) shown.textContent = `${count} of ${rows.length} students`;
  document.getElementById('nobody')?.toggleAttribute('hidden', count > 0);
  const active = matrix?.querySelector<HTMLElement>('tbody [tabindex="0"]');
  if (!active || active.closest('tr')?.hidden) reach(visible()[0]?.cells[0]);
}

function visible(): HTMLTableRowElement[] {
  return [...(body?.rows ?? [])].filter((row) => !row.hidden);
}

// One stop of the Tab key for the whole matrix; arrow keys inside it.

function reach(cell: HTMLElement | undefined, focus = false): void {
  for (const old of matrix?.querySelectorAll<HTMLElement>('tbody [tabindex="0"]') ?? []) old.tabIndex = -1;
  if (cell === undefined) return;
  cell.tabIndex = 0;
  if (!focus) return;
  cell.focus({ preventScroll: true });
  cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function move(cell: HTMLTableCellElement, event: KeyboardEvent): boolean {
  const all = visible();
  const at = all.findIndex((row) => row.contains(cell));
  const [row, column] = [all[at], cell.cellIndex];
  const last = (row?.cells.length ?? 1) - 1;
  const page = 10;
  const moves: Record<string, [number, number]> = {
    ArrowUp: [at - 1, column],
    ArrowDown: [at + 1, column],
    ArrowLeft: [at, column - 1],
    ArrowRight: [at, column + 1],
    PageUp: [at - page, column],
    PageDown: [at + page, column],
    Home: [event.ctrlKey ? 0 : at, 0],
    End: [event.ctrlKey ? all.length - 1 : at, last],
  };
  const to = moves[event.key];
  if (to === undefined) return false;
  const target = all[Math.min(all.length - 1, Math.max(0, to[0]))];
  reach(target?.cells[Math.min(last, Math.max(0, to[1]))], true);
  return true;
}

// Details: built of text nodes, never of markup.

type Child = Node | string;

function make(
  name: string,
  children: readonly Child[],
  attributes: Record<string, string> = {},
): HTMLElement {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function show(title: string, children: readonly Child[]): void {
  const close = make('button', ['Close'], { type: 'button' });
  close.addEventListener('click', () => dialog?.close());
  const head = make('header', [make('h3', [title], { id: 'detail-title' }), close]);
  dialog?.replaceChildren(head, ...children);
  if (dialog?.open === false) dialog.showModal();
  dialog?.scrollTo(0, 0);
}

function showStudent(student: StudentData): void {
  const list = student.records.map((record, index) => {
    const exercise = data.exercises[index];
    if (record === null || exercise === undefined) return '';
    const button = make(
      'button',
      [mark(record), ` ${exercise.number} ${exercise.title}: ${record.score}, ${record.verdict}`],
      {
        type: 'button',
      },
    );
    button.addEventListener('click', () => showCell(student, index));
    return make('li', [button]);
  });
  show(`${student.id} ${student.name === student.id ? '' : student.name}`, [
    make('p', [`${student.score} points`]),
    make('ul', list),
    origin(student),
  ]);
}

function mark({ mark: text, state }: RecordData): HTMLElement {
  return make('span', [text], { class: `mark ${state}`, 'aria-hidden': 'true' });
}

function showCell(student: StudentData, index: number): void {
  const [record, exercise] = [student.records[index], data.exercises[index]];
  if (!record || exercise === undefined) {
    showStudent(student);
    return;
  }
  const all = make('button', [`All of ${student.id}`], { type: 'button' });
  all.addEventListener('click', () => showStudent(student));
  show(`${student.id}: ${exercise.number} ${exercise.title}`, [
    make('p', [mark(record), ` ${record.score}: ${record.verdict}`]),
    make('p', [record.reason]),
    ...record.failed.flatMap(([title, message]) => [
      make('h4', [`✗ ${title}`]),
      ...(message === '' ? [] : [make('pre', [message])]),
    ]),
    ...(record.more === 0 ? [] : [make('p', [`${record.more} more checks failed.`], { class: 'soft' })]),
    ...record.gates.flatMap(([title, says]) => [make('h4', [`Gate: ${title}`]), make('p', [says])]),
    ...(record.error === ''
      ? []
      : [make('h4', ['What went wrong in the grader']), make('pre', [record.error])]),
    make(
      'p',
      [
        `${record.checks} · seed ${record.seed}${record.attempts > 1 ? ` · judged ${record.attempts} times` : ''}`,
      ],
      {
        class: 'soft',
      },
    ),
    origin(student),
    all,
  ]);
}

function origin({ source, commit, email, file }: StudentData): HTMLElement {
  const parts = [email, source, commit === '' ? '' : `commit ${commit.slice(0, 12)}`].filter(
    (part) => part !== '',
  );
  const link = make('a', ['every message'], { href: `gradescope/${encodeURIComponent(file)}.json` });
  return make('p', [`${parts.join(' · ')} · `, link], { class: 'soft' });
}

function open(cell: HTMLTableCellElement): void {
  const row = cell.closest('tr');
  const student = row === null ? undefined : studentOf(row);
  if (student === undefined) return;
  if (cell.cellIndex < 2) showStudent(student);
  else showCell(student, cell.cellIndex - 2);
}

// What the page listens to.

matrix?.addEventListener('click', ({ target }) => {
  if (!(target instanceof Element)) return;
  const by = target.closest<HTMLElement>('[data-sort]')?.dataset.sort;
  if (by !== undefined) sort(by);
  const cell = target.closest<HTMLTableCellElement>('tbody th, tbody td');
  if (cell === null) return;
  reach(cell, true);
  open(cell);
});
body?.addEventListener('keydown', (event) => {
  const cell = event.target instanceof Element ? event.target.closest<HTMLTableCellElement>('th, td') : null;
  if (cell === null || event.altKey || event.metaKey) return;
  if (event.key === 'Enter' || event.key === ' ') open(cell);
  else if (!move(cell, event)) return;
  event.preventDefault();
});
find?.addEventListener('input', filter);
stop?.addEventListener('change', filter);
for (const chip of chips) {
  chip.addEventListener('click', () => {
    chip.ariaPressed = chip.ariaPressed === 'true' ? 'false' : 'true';
    filter();
  });
}
document.getElementById('clear')?.addEventListener('click', () => {
  if (find !== null) find.value = '';
  if (stop !== null) stop.value = '';
  for (const chip of chips) chip.ariaPressed = 'false';
  filter();
});
document.addEventListener('click', ({ target }) => {
  const id = target instanceof Element ? target.closest<HTMLElement>('[data-open]')?.dataset.open : undefined;
  const student = data.students.find((each) => each.id === id);
  if (student !== undefined) showStudent(student);
});
dialog?.addEventListener('click', ({ target }) => {
  if (target === dialog) dialog.close();
});
/** Without a frame of its own to scroll in where it is narrow enough: two things that scroll are one too many. */
const frame = matrix?.parentElement;
const section = frame?.parentElement;
if (frame && section) {
  const fit = (): void => {
    const right = frame.getBoundingClientRect().left + matrix.offsetWidth + 16;
    frame.classList.toggle('fits', right <= document.documentElement.clientWidth);
  };
  new ResizeObserver(fit).observe(section);
}
document.querySelector('.tools')?.removeAttribute('hidden');
filter();
