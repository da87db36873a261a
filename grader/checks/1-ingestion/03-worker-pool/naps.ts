/** `nap` as a file of tasks. */
import { student } from '../../../harness/driver.ts';
import { nap } from './nap.ts';

const { serve } =
  await student<typeof import('../../../../exercises/1-ingestion/03-worker-pool/worker.ts')>('worker.ts');

serve(nap);
