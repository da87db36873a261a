/** HTML from templates in which every value is text unless it is HTML already. */

/** HTML that is safe to put into a page. Only `html` and `trusted` make it. */
class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type { Html };

type Value = Html | string | number | false | null | undefined | readonly Value[];

/** Our own text that holds no value of a user: a style sheet, a library. */
export function trusted(text: string): Html {
  return new Html(text);
}

/** Escapes every value that is put in; false, null and undefined become nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(strings.reduce((text, part, index) => text + shown(values[index - 1]) + part));
}

function shown(value: Value): string {
  if (value === false || value === null || value === undefined) return '';
  if (value instanceof Html) return value.text;
  return typeof value === 'object' ? value.map(shown).join('') : escaped(String(value));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return visible(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** JSON for a script element: nothing in it can end the element or begin a comment. */
export function jsonScript(value: unknown): Html {
  const text = JSON.stringify(value, (_key, each) => (typeof each === 'string' ? visible(each) : each));
  return new Html(text.replaceAll(/[<>&\u2028\u2029]/g, (character) => unicode(character)));
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Without control characters, and without those that turn the direction of the text around them. */
function visible(text: string): string {
  return text.replaceAll(/(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '');
}
