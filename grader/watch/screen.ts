/** Puts the loop's states on the terminal, one after the other: text is rendered in the order in which it came. */
import type { Live } from '../report/live.ts';
import type { Style } from '../report/style.ts';
import type { View } from '../report/views.ts';
import { closingLines, statusLine, type WatchState } from '../report/watch.ts';

export interface Screen {
  show(state: WatchState): void;
  /** Draws everything again: the terminal has another width, or something else has written on it. */
  redraw(): void;
  close(): Promise<void>;
}

/** `style` is asked for every time: the terminal's width changes. */
export function createScreen(
  live: Live,
  style: () => Style,
  render: (view: View, style: Style) => Promise<string>,
): Screen {
  let shown: WatchState | null = null;
  let drawn: readonly View[] | null = null;
  let queue: Promise<void> = Promise.resolve();
  const draw = async (state: WatchState): Promise<void> => {
    const now = style();
    // Only a new body clears the screen: progress and keys change in the last line.
    if (drawn !== state.body) {
      const texts = await Promise.all(state.body.map((view) => render(view, now)));
      const closing = closingLines(state, now).join('\n');
      if (texts.length > 0 || drawn === null)
        live.body([...texts, closing].filter((text) => text !== '').join('\n\n'));
      drawn = state.body;
    }
    live.status(statusLine(state, now));
  };
  return {
    show: (state) => {
      shown = state;
      queue = queue.then(() => draw(state));
    },
    redraw: () => {
      queue = queue.then(() => {
        drawn = null;
        return shown === null ? undefined : draw(shown);
      });
    },
    close: async () => {
      await queue;
      live.close();
    },
  };
}
