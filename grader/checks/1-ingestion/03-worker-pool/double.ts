/** The shortest file of tasks. */
import { student } from '../../../harness/driver.ts';

const { serve } =
  await student<typeof import('../../../../exercises/1-ingestion/03-worker-pool/worker.ts')>('worker.ts');

serve(({ number }: { readonly number: number }) => ({ number: 2 * number }));
