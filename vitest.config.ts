import { defineConfig } from 'vitest/config';

/** Where .ci/run wants the counts, as JSON. */
const outputFile = process.env.CRAFT_TEST_REPORT;

/** Tests that measure, with real processes: they run after all others, one at a time, or they would measure those. */
const measuring = [
  'grader/actions/clients.test.ts',
  'grader/bench/hostile.test.ts',
  'grader/bench/truth.test.ts',
  'grader/gate/run.test.ts',
  'grader/gate/http.test.ts',
  'grader/instructor/curriculum.test.ts',
];

// Most tests start real processes, on machines that may be slow or busy: limits are nets, not claims.
const shared = { testTimeout: 60_000, hookTimeout: 120_000 };

/** The tool's own tests. The hidden checks of exercises are run by craft itself, never from here. */
export default defineConfig({
  test: {
    reporters: outputFile === undefined ? ['default'] : ['default', ['json', { outputFile }]],
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['bin/**/*.test.ts', 'grader/**/*.test.ts'],
          exclude: ['grader/checks/**', 'grader/fixtures/**', ...measuring],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'measuring',
          include: measuring,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
