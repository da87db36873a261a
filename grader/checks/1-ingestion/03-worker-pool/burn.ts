/** Tasks that compute for so many milliseconds. */
import { student } from '../../../harness/driver.ts';

const { serve } =
  await student<typeof import('../../../../exercises/1-ingestion/03-worker-pool/worker.ts')>('worker.ts');

serve((ms: number): number => {
  const began = performance.now();
  while (performance.now() - began < ms);
  return performance.now() - began;
});
