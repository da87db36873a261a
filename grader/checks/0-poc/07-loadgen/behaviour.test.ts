/** Hidden checks of 0.7: a histogram, then a load generator against servers that are fast, slow, broken or dead. */
import { closedChecks } from './closed.ts';
import { histogramChecks } from './histogram.ts';
import { openChecks } from './open.ts';
import { outcomeChecks } from './outcomes.ts';

histogramChecks();
outcomeChecks();
closedChecks();
openChecks();
