/** Given: what `GET /metrics` tells about the service, in the text format of Prometheus: `name{label="value"} number`. */
export class Counters {
  /** Metrics that have become durable. A batch that came twice counts once. */
  stored = 0;
  /** Batches that were stored already and got their 202 again. */
  duplicates = 0;
  /** Answers to `POST /metrics`, by status. */
  readonly #replies = new Map<number, number>();

  countReply(status: number): void {
    this.#replies.set(status, (this.#replies.get(status) ?? 0) + 1);
  }

  /** One line each; `gauges` are figures of this moment. */
  report(gauges: Readonly<Record<string, number>>): string {
    const lines = [...this.#replies]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `ingest_requests_total{status="${status}"} ${count}`);
    lines.push(`ingest_metrics_stored_total ${this.stored}`, `ingest_duplicates_total ${this.duplicates}`);
    for (const [name, value] of Object.entries(gauges)) lines.push(`${name} ${value}`);
    return `${lines.join('\n')}\n`;
  }
}
