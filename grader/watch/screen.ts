/** Puts the loop's states on the terminal, one after the other: text is rendered in the order in which it came. */
import type { Live } from '../report/live.ts';
import type { Style } from '../report/style.ts';
import type { View } from '../report/views.ts';
import { closingLines, statusLine, type WatchState } from '../report/watch.ts';

export interface Screen {
  show(state: WatchState): void;
  close(): Promise<void>;
}

export function createScreen(live: Live, style: Style, render: (view: View) => Promise<string>): Screen {
  let drawn: readonly View[] | null = null;
  let queue: Promise<void> = Promise.resolve();
  const draw = async (state: WatchState): Promise<void> => {
    // Only a new body clears the screen: progress and keys change in the last line.
    if (drawn !== state.body) {
      const texts = await Promise.all(state.body.map(render));
      const closing = closingLines(state, style).join('\n');
      if (texts.length > 0 || drawn === null)
        live.body([...texts, closing].filter((text) => text !== '').join('\n\n'));
      drawn = state.body;
    }
    live.status(statusLine(state, style));
  };
  return {
    show: (state) => {
      queue = queue.then(() => draw(state));
    },
    close: async () => {
      await queue;
      live.close();
    },
  };
}
