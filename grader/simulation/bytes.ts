/** A byte array that grows at its end. */
export class GrowingBytes {
  #store = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    this.write(this.#length, bytes);
  }

  /** Writes at `position`; a gap before it is filled with zeros, as in a real file. */
  write(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length;
    if (end > this.#store.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#store.length));
      larger.set(this.#store.subarray(0, this.#length));
      this.#store = larger;
    }
    this.#store.set(bytes, position);
    this.#length = Math.max(this.#length, end);
  }

  /** Makes it exactly `length` long: cuts, or adds zeros. */
  resize(length: number): void {
    if (length > this.#length) this.write(length, new Uint8Array(0));
    else this.#store.fill(0, length, this.#length);
    this.#length = length;
  }

  /** A copy of a part. */
  slice(from = 0, to = this.#length): Uint8Array {
    return this.#store.slice(Math.min(from, this.#length), Math.min(to, this.#length));
  }

  /** Inverts one bit; bit 0 is the lowest of byte 0. */
  flip(bit: number): void {
    const index = bit >> 3;
    if (index < this.#length) this.#store[index] = (this.#store[index] ?? 0) ^ (1 << (bit & 7));
  }
}
