/** Hidden checks of exercise 1.8. The order here is the manifest's. */
import './writing.ts';
import './reading.ts';
import './waiting.ts';
import './together.ts';
