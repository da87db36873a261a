/** The bytes before a reply's body: `encodeHead`, without a server. */
import type { Subject } from '../../../harness/index.ts';
import { check, expectEqual, expectThrows, expectTrue, shape, show, z } from '../../../harness/index.ts';
import { parseReply } from './lab.ts';

async function encode(subject: Subject, reply: unknown, after = 'close'): Promise<string> {
  const module = await subject.load('reply.ts');
  return shape(`encodeHead(${show(reply)})`, await module.call('encodeHead', reply, after), z.string());
}

check('head', 'a head has a status line, the fields, and a blank line at its end', async ({ subject }) => {
  const reply = {
    status: 202,
    headers: { 'Content-Type': 'application/json', 'X-Tab': 'a\tb' },
    body: '{}',
  };
  const head = await encode(subject, reply);
  const what = `encodeHead(${show(reply)}, 'close')`;
  expectTrue(`${what} must end with one blank line, and nothing after it`, /[^\n]\r\n\r\n$/.test(head), {
    expected: 'every line ends with \\r\\n, the last one is empty',
    received: show(head),
    cause: 'a line end in HTTP is two characters, \\r\\n, in every line; the body is not part of the head',
  });
  const { status, fields } = parseReply(head, what);
  expectEqual(`${what}: the status`, status, 202);
  const { date, ...rest } = Object.fromEntries(fields);
  expectEqual(`${what}: the fields apart from Date`, rest, {
    connection: 'close',
    'content-length': '2',
    'content-type': 'application/json',
    'x-tab': 'a\tb',
  });
  const age = Math.abs(Date.now() - Date.parse(date ?? ''));
  const isDate = /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(date ?? '') && age < 60_000;
  expectTrue(`${what}: Date`, isDate, {
    expected: 'Date: with the time of now, as httpDate() of status.ts gives it',
    received: show(date),
  });
  const stays = parseReply(
    await encode(subject, { status: 200 }, 'keep-alive'),
    "encodeHead({ status: 200 }, 'keep-alive')",
  );
  expectEqual('Connection, when `after` is keep-alive', stays.fields.get('connection'), 'keep-alive');
  expectEqual('Content-Length of a reply without a body', stays.fields.get('content-length'), '0');
});

check('length-in-bytes', 'Content-Length counts bytes', async ({ subject }) => {
  const bodies: [string | Uint8Array, number][] = [
    ['21 °C 🌡', 11],
    ['', 0],
    ['東京', 6],
    [new Uint8Array([0, 255, 13, 10]), 4],
  ];
  for (const [body, bytes] of bodies) {
    const what = `the head for the body ${show(body)}`;
    const { fields } = parseReply(await encode(subject, { status: 200, body }), what);
    expectEqual(
      `Content-Length in ${what}`,
      fields.get('content-length'),
      String(bytes),
      typeof body === 'string'
        ? "a string's length counts UTF-16 units; Buffer.byteLength(body) counts the bytes that are sent"
        : 'the length of a Uint8Array is its length in bytes already',
    );
  }
});

check('no-body', '204 and 304 have no Content-Length', async ({ subject }) => {
  for (const status of [204, 304]) {
    const what = `encodeHead({ status: ${status}, body: 'x' })`;
    const { fields } = parseReply(await encode(subject, { status, body: 'x' }), what);
    const cause = 'these two end with their head, so they have no body that could be measured';
    expectEqual(`Content-Length in ${what}`, fields.get('content-length'), undefined, cause);
  }
});

check('splitting', 'a head that would be read as something else is refused', async ({ subject }) => {
  const module = await subject.load('reply.ts');
  const refused = async (reply: unknown, cause: string): Promise<void> => {
    const call = module.call('encodeHead', reply, 'close');
    await expectThrows(`encodeHead(${show(reply)})`, call, cause, { name: 'RangeError' });
  };
  const bad: [string, string][] = [
    ['/\r\nSet-Cookie: admin=1', 'with \\r\\n in it one field becomes two'],
    ['/\nSet-Cookie: admin=1', 'many clients take a bare \\n for a line end too'],
    ['/\r\r\nSet-Cookie: admin=1', 'a bare \\r is a line end for some'],
    ['/\r', 'a bare \\r is a line end for some, also as the last character'],
    ['/\0', 'a NUL ends the text for programs written in C'],
    [
      '/\u010d\u010a',
      'written as latin1, U+010D and U+010A become \\r and \\n: allow printable ASCII, spaces and tabs only',
    ],
  ];
  for (const [value, cause] of bad) await refused({ status: 302, headers: { Location: value } }, cause);
  for (const name of ['', 'X Y', 'X:', 'X\r\nSet-Cookie', 'X\n', 'Größe']) {
    await refused({ status: 200, headers: { [name]: 'v' } }, badName);
  }
  // Each byte, in the middle and at the end; and letters that only look like ASCII to a RegExp with the flags i and u.
  for (let code = 0; code < 256; code++) {
    const char = String.fromCharCode(code);
    if (!/[\t\x20-\x7e]/.test(char)) {
      const cause = `a value is \\t and U+0020 to U+007E, nothing else; this one has U+${hex(code)} in it`;
      await refused({ status: 200, headers: { 'X-A': `a${char}b` } }, cause);
    }
    if (!/[\w!#$%&'*+.^`|~-]/.test(char))
      await refused({ status: 200, headers: { [`X${char}`]: 'v' } }, badName);
  }
  for (const name of ['X\u017f', 'X\u212a'])
    await refused({ status: 200, headers: { [name]: 'v' } }, badName);
  const own = ['Content-Length', 'Transfer-Encoding', 'Connection', 'Date'];
  const odd = own.map((name) => name.replace(/[a-z]/g, (c, at: number) => (at % 2 ? c.toUpperCase() : c)));
  const spellings = [
    ...own,
    ...own.map((name) => name.toLowerCase()),
    ...own.map((name) => name.toUpperCase()),
    ...odd,
  ];
  for (const name of spellings) {
    await refused(
      { status: 200, headers: { [name]: '1' } },
      'these four are written by the server, in any spelling; two of them would contradict each other',
    );
  }
  for (const status of [0, 99, 101, 199, 600, 200.5, Number.NaN, '200']) {
    await refused({ status }, 'a status of a reply is a whole number from 200 to 599');
  }
  const good = {
    status: 599,
    headers: { "x!#$%&'*+.^_`|~-9": '', Location: '/?a=%0d%0a "~\t ', 'X-Date': printable, Connections: '' },
  };
  await encode(subject, good);
});

const badName =
  "a name is letters (a to z, A to Z), digits and !#$%&'*+.^_`|~- only: test the name too, all of it";
const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(0x20 + i)).join('');

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0');
}
