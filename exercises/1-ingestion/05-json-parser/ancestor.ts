/**
 * Given: a parser as the C++ ancestor of this course had one, written anew. It looks for what it expects and believes
 * what it finds. Called "O(n²)" there, and the reason for a phase of its own; the experiment tells what it is.
 */

export interface Found {
  readonly name: string;
  readonly value: number;
  readonly tags: Record<string, string>;
}

/** The metrics of `{"metrics":[{"name":…,"value":…,"tags":{…}}, …]}`, found by `indexOf`. */
export function findMetrics(text: string): Found[] {
  const metrics: Found[] = [];
  for (let at = 0; ; ) {
    const name = text.indexOf('"name":"', at) + 8;
    const nameEnd = text.indexOf('"', name);
    const value = text.indexOf('"value":', nameEnd) + 8;
    const valueEnd = text.indexOf(',', value);
    const tags = text.indexOf('"tags":{', valueEnd) + 8;
    const tagsEnd = text.indexOf('}', tags);
    if (
      name < at ||
      nameEnd < name ||
      value < nameEnd ||
      valueEnd < value ||
      tags < valueEnd ||
      tagsEnd < tags
    ) {
      return metrics;
    }
    metrics.push({
      name: text.slice(name, nameEnd),
      value: Number(text.slice(value, valueEnd)),
      tags: findTags(text, tags, tagsEnd),
    });
    at = tagsEnd;
  }
}

/** `"a":"b","c":"d"`: a key between two quotes, its value between the next two. */
function findTags(text: string, start: number, end: number): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let at = text.indexOf('"', start); at >= 0 && at < end; ) {
    const keyEnd = text.indexOf('"', at + 1);
    const value = text.indexOf('"', keyEnd + 1) + 1;
    const valueEnd = text.indexOf('"', value);
    tags[text.slice(at + 1, keyEnd)] = text.slice(value, valueEnd);
    at = text.indexOf('"', valueEnd + 1);
  }
  return tags;
}
