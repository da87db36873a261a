import { expect, test } from 'vitest';
import { contention, measureNoise } from './noise.ts';

test('the noise of this machine is read as plain numbers', async () => {
  const noise = await measureNoise();
  expect(noise.cpuSpread).toBeGreaterThanOrEqual(1);
  expect(noise.contention).toBeGreaterThanOrEqual(1);
  expect(noise.timerLateMs).toBeGreaterThanOrEqual(0);
  expect(noise.pieceMs).toBeGreaterThan(0);
  expect(contention()).toBeGreaterThanOrEqual(1);
});
