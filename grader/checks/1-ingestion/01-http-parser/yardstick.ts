/**
 * The parser that many write first, for comparison: it joins what came with what was there, and looks for the head
 * again, each time. Correct for requests with a Content-Length and nothing else; not strict at all.
 */
export class JoinAndSplit {
  #bytes: Buffer = Buffer.alloc(0);

  feed(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  next(): { readonly body: Uint8Array } | null {
    const headEnd = this.#bytes.indexOf('\r\n\r\n');
    if (headEnd === -1) return null;
    const head = this.#bytes.toString('latin1', 0, headEnd);
    const fields = new Map<string, string>();
    for (const line of head.split('\r\n').slice(1)) {
      const [name = '', value = ''] = line.split(':');
      fields.set(name.toLowerCase(), value.trim());
    }
    const start = headEnd + 4;
    const end = start + Number(fields.get('content-length') ?? 0);
    if (this.#bytes.length < end) return null;
    const body = Uint8Array.prototype.slice.call(this.#bytes, start, end);
    this.#bytes = this.#bytes.subarray(end);
    return { body };
  }
}
