import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// A suite is a project: `npx vitest run --project unit`. REPLISCOPE_LONG=1 adds the repetitions and long forms,
// REPLISCOPE_SERVER=valkey runs the suites with real servers on Valkey.
const isLong = process.env['REPLISCOPE_LONG'] === '1'
// Vitest's own limit is a second, on a machine that may have other things to do.
const expectations = { poll: { timeout: 10_000 } }
// A scenario with real servers waits for failovers, so its limits are generous; nothing is asserted about time.
const patient = { testTimeout: 60_000, hookTimeout: 60_000, teardownTimeout: 20_000, expect: expectations }

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,contract,boundaries}/**/*.test.ts'],
          exclude: ['test/boundaries/fixtures/**'],
          environment: 'node',
          testTimeout: 30_000,
          expect: expectations,
        },
      },
      { test: { name: 'redis', include: ['test/redis/**/*.test.ts'], environment: 'node', testTimeout: 30_000 } },
      {
        plugins: [vue()],
        test: {
          name: 'renderer',
          include: ['test/renderer/**/*.test.ts'],
          environment: 'happy-dom',
          testTimeout: 20_000,
          expect: expectations,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          // Forks: a lab's servers are ended by the kernel when the process that started them dies.
          pool: 'forks',
          // They wait more than they work.
          maxWorkers: isLong ? 1 : 3,
          ...patient,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          pool: 'forks',
          fileParallelism: false,
          ...patient,
          testTimeout: 120_000,
        },
      },
    ],
  },
})
