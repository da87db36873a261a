import { defineConfig } from 'vitest/config';

/** Where .ci/run wants the counts, as JSON. */
const outputFile = process.env.CRAFT_TEST_REPORT;

/** The tool's own tests. The hidden checks of exercises are run by craft itself, never from here. */
export default defineConfig({
  test: {
    include: ['bin/**/*.test.ts', 'grader/**/*.test.ts'],
    exclude: ['grader/checks/**', 'grader/fixtures/**'],
    // Most tests start real processes, on machines that may be slow or busy: limits are nets, not claims.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: outputFile === undefined ? ['default'] : ['default', ['json', { outputFile }]],
  },
});
