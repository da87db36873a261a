/** Bytes that came in several reads, joined; it grows by doubling and is used again and again. */
export class Store {
  bytes: Buffer = Buffer.alloc(0);
  length = 0;

  append(from: Buffer, at: number, end: number): void {
    const need = this.length + end - at;
    if (need > this.bytes.length) {
      const larger = Buffer.alloc(Math.max(1_024, need, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    from.copy(this.bytes, this.length, at, end);
    this.length = need;
  }
}
