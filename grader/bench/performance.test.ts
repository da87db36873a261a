import { expect, test } from 'vitest';
import { createRandom } from '../core/random.ts';
import { type PhaseText, writePhases } from './performance.ts';

const order = ['0.3', '0.6', '1.4'];
const phase = (number: string, result: string): PhaseText => {
  return { id: `craft/${number}`, number, title: `Phase ${number} ü`, result: `\n${result}\n\n` };
};
const [ingest, monitor, later] = [phase('0.3', 'one'), phase('0.6', 'two'), phase('1.4', 'three')];
const write = (old: string | undefined, ...phases: PhaseText[]) => {
  const { bytes, actions } = writePhases(old === undefined ? undefined : Buffer.from(old), phases, order);
  return { text: bytes.toString(), actions };
};

test('a new file explains itself and has the four parts of each phase, in order', () => {
  const { text, actions } = write(undefined, ingest, monitor);
  expect(actions).toEqual(['added', 'added']);
  const headings = text.split('\n').filter((line) => line.startsWith('#'));
  const parts = ['### Problem', '### Solution', '### Result', '### Learning'];
  expect(headings).toEqual(['# Performance', '## 0.3 Phase 0.3 ü', ...parts, '## 0.6 Phase 0.6 ü', ...parts]);
  expect(text).toContain('Everything else is yours');
  expect(text).toMatch(
    /### Result\n\n<!-- craft:result craft\/0\.3 1: .*-->\n\none\n\n<!-- craft:end craft\/0\.3 1 -->\n\n### L/,
  );
  expect(text).not.toMatch(/\n\n\n|[^\n]$/);
});

test('the same again changes nothing; another result changes only that', () => {
  const first = write(undefined, ingest, monitor).text;
  expect(write(first, ingest, monitor)).toEqual({ text: first, actions: ['unchanged', 'unchanged'] });
  const second = write(first, ingest, phase('0.6', 'better\n$& $1 ü'));
  expect(second.actions).toEqual(['unchanged', 'updated']);
  expect(second.text).toBe(first.replace('\ntwo\n', () => '\nbetter\n$& $1 ü\n'));
});

test('a phase comes before those that follow it in the course', () => {
  const first = write(undefined, later).text;
  const second = write(first, ingest).text;
  expect(second.indexOf('## 0.3')).toBeLessThan(second.indexOf('## 1.4'));
  expect(write(second, monitor).text).toMatch(/## 0\.3 [\s\S]*## 0\.6 [\s\S]*## 1\.4 /);
});

test('an empty file becomes a new one, any other text stays in front', () => {
  expect(write('', ingest).text).toBe(write(undefined, ingest).text);
  for (const own of ['my own notes', 'my own notes\n', ' \n\n', '\ufeff# Mine\r\n']) {
    expect(write(own, ingest).text.startsWith(own)).toBe(true);
    expect(write(own, ingest).actions).toEqual(['added']);
  }
});

test('line ends of Windows stay, and the result has them too', () => {
  const windows = write(undefined, ingest, monitor).text.replaceAll('\n', '\r\n');
  expect(write(windows, ingest, monitor)).toEqual({ text: windows, actions: ['unchanged', 'unchanged'] });
  const { text } = write(windows, phase('0.3', 'a\nb'), later);
  expect(text.replaceAll('\r\n', '')).not.toContain('\n');
  expect(text).toContain('\r\na\r\nb\r\n');
});

test('bytes that are no UTF-8 stay', () => {
  const own = Buffer.concat([Buffer.from([0xff, 0xfe, 0x00, 0x0a]), Buffer.from('# Notes\n')]);
  const { bytes } = writePhases(own, [ingest], order);
  expect(bytes.subarray(0, own.length).equals(own)).toBe(true);
  expect(bytes.toString()).toContain('Phase 0.3 ü');
});

test('without its comment lines the result goes to the end of the section', () => {
  const first = write(undefined, ingest, monitor).text;
  const bare = first.replaceAll(/^<!-- craft.*0\.3.*\n/gm, '');
  const { text, actions } = write(bare, phase('0.3', 'again'), monitor);
  expect(actions).toEqual(['appended', 'unchanged']);
  expect(text).toMatch(/### Learning\n\n.*\n\n<!-- craft:result craft\/0\.3 1.*\n\nagain\n\n.*\n\n## 0\.6/);
  expect(withoutOne(text, bare)).toBe(true);
  expect(write(text, phase('0.3', 'again'), monitor).actions).toEqual(['unchanged', 'unchanged']);
});

test('a heading in fenced code begins no section', () => {
  const own = '## 0.3 mine\n\n```md\n## 0.6 not this\n```\n\nend\n';
  const { text, actions } = write(own, ingest);
  expect(actions).toEqual(['appended']);
  expect(text.startsWith(own)).toBe(true);
  expect(write('```\n## 0.3\n```\n', ingest).actions).toEqual(['added']);
});

test.each([
  ['the first', /^<!-- craft:result.*\n/m],
  ['the second', /^<!-- craft:end.*\n/m],
])('when %s comment line is gone, the text up to some other one is never taken for ours', (_, line) => {
  let text = write(undefined, ingest).text.replace('### Learning\n', '### Learning\n\nmy words\n');
  for (let round = 0; round < 6; round++) {
    text = write(text.replace(line, ''), phase('0.3', `result ${round}`)).text;
    expect(text).toContain('my words');
    expect(text).toContain(`result ${round}`);
  }
});

test('two comment lines of different results are no pair', () => {
  const first = write(undefined, ingest).text.replace('### Learning\n', '### Learning\n\nmy words\n');
  const second = write(first.replace(/^<!-- craft:end.*\n/m, ''), ingest).text;
  const [one, two] = second.match(/^<!-- craft:result.*$/gm) ?? [];
  expect(one).not.toBe(two);
  const third = write(second.replace(`${two}\n`, ''), phase('0.3', 'third'));
  expect(third.actions).toEqual(['appended']);
  expect(third.text).toContain('my words');
});

test('a section that was renamed, moved or taken out of its heading keeps its result', () => {
  const first = write(undefined, ingest, monitor).text;
  const mine = first.replace('## 0.3 Phase 0.3 ü', 'How it began\n============').replace('### Result', '');
  const { text, actions } = write(mine, phase('0.3', 'new'), monitor);
  expect(actions).toEqual(['updated', 'unchanged']);
  expect(text).toBe(mine.replace('\none\n', '\nnew\n'));
});

/** True when `before` is `after` with one piece taken out. */
function withoutOne(after: string, before: string): boolean {
  let from = 0;
  while (from < before.length && after[from] === before[from]) from++;
  return after.endsWith(before.slice(from)) && after.length >= before.length;
}

/** The text with what stands between two comment lines of one number taken out. */
function students(text: string): string {
  return text.replace(
    /(<!-- craft:result (\S+) (\d+):[^\r\n]*-->)(?:(?!<!-- craft)[\s\S])*(<!-- craft:end \2 \3 -->)/g,
    '$1$4',
  );
}

test('whatever a student does to the file, what they wrote is there after the next journal', () => {
  const random = createRandom('10c4a1');
  const pieces = [
    'words\n',
    '\r\n',
    '## 0.3 mine\n',
    '### Result\n',
    '| a | b |\n',
    '<!-- note -->',
    '```\n',
  ];
  for (let trial = 0; trial < 400; trial++) {
    let text = write(undefined, ingest, monitor).text;
    for (let edit = 0; edit < 4; edit++) {
      const at = random.integer(0, text.length);
      const lines = text.split('\n');
      const line = random.integer(0, lines.length - 1);
      const edits = [
        () => text.slice(0, at) + random.pick(pieces) + text.slice(at),
        () => lines.toSpliced(line, 1).join('\n'),
        () => lines.toSpliced(line, random.integer(0, 8)).join('\n'),
        () => lines.toSpliced(line, 0, random.pick(lines)).join('\n'),
        () => text.replaceAll('\n', '\r\n').replaceAll('\r\r', '\r'),
        () => text.slice(at),
      ];
      text = random.pick(edits)();
      const number = random.pick(['0.3', '0.6', '1.4']);
      const { text: next, actions } = write(text, phase(number, `figures ${trial} ${edit}`));
      const where = `trial ${trial}, edit ${edit}: ${actions}`;
      if (text === '')
        expect(next, where).toBe(write(undefined, phase(number, `figures ${trial} ${edit}`)).text);
      else if (actions[0] === 'updated') expect(students(next), where).toBe(students(text));
      else expect(withoutOne(next, text), where).toBe(true);
      expect(next, where).toContain(`figures ${trial} ${edit}`);
      expect(write(next, phase(number, `figures ${trial} ${edit}`)), where).toEqual({
        text: next,
        actions: ['unchanged'],
      });
      text = next;
    }
  }
});
