/** What the page carries inside it besides the figures: the chart library, its style sheet, and our own scripts. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { builtGraderRoot } from '../../core/paths.ts';

export interface Assets {
  /** uPlot, its license first. */
  readonly library: string;
  readonly libraryStyle: string;
  /** Modules without imports. */
  readonly scripts: readonly string[];
}

export function loadAssets(): Assets {
  try {
    const library = dirname(createRequire(import.meta.url).resolve('uplot'));
    const license = readFileSync(join(library, '..', 'LICENSE'), 'utf8').trim();
    return {
      library: `/*!\n${license}\n*/\n${readFileSync(join(library, 'uPlot.iife.min.js'), 'utf8')}`,
      libraryStyle: readFileSync(join(library, 'uPlot.min.css'), 'utf8'),
      scripts: [joined('theme.js'), joined('axes.js', 'charts.js')],
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CraftError('BROKEN_INSTALLATION', { message }, { cause: error });
  }
}

/** Scripts of our own alone, for a page without charts. */
export function loadScripts(...names: readonly string[]): string[] {
  try {
    return names.map((name) => joined(name));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CraftError('BROKEN_INSTALLATION', { message }, { cause: error });
  }
}

/**
 * Files of browser/ as one module: those it imports first, and without the imports, since a page in one file has
 * nothing to import from. They are compiled apart, for browsers: they are there only once craft is built.
 */
function joined(...names: readonly string[]): string {
  return names
    .map((name) => readFileSync(join(builtGraderRoot, 'report', 'html', 'browser', name), 'utf8'))
    .map((text) => text.replaceAll(/^import .*;$/gm, '').replaceAll(/^export (?=function )/gm, ''))
    .join('\n');
}
