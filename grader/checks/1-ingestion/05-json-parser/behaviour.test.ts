/** Hidden checks of exercise 1.5, from single values to metrics. The order here is the manifest's. */
import './values.ts';
import './nesting.ts';
import './refusing.ts';
import './metrics.ts';
import './judging.ts';
