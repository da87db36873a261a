/** Keeps the head and the tail of what a subject prints, and counts the rest. */
const keptBytes = 16_384;

export class OutputLog {
  #head = '';
  #tail = '';
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(text: string): void {
    this.#bytes += Buffer.byteLength(text);
    const room = keptBytes - this.#head.length;
    this.#head += text.slice(0, Math.max(0, room));
    const rest = text.slice(Math.max(0, room));
    if (rest !== '') this.#tail = (this.#tail + rest).slice(-keptBytes);
  }

  /** The text, with a line that says how much was left out. */
  toString(): string {
    const kept = Buffer.byteLength(this.#head) + Buffer.byteLength(this.#tail);
    const dropped = this.#bytes - kept;
    return dropped > 0
      ? `${this.#head}\n... ${dropped} bytes left out ...\n${this.#tail}`
      : this.#head + this.#tail;
  }
}
