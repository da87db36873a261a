/** 0.5: a loop that turns levels into edges. Each check is one story in simulated time, in the order of the tasks. */
import './edges.ts';
import './evidence.ts';
import './failing.ts';
import './timing.ts';
