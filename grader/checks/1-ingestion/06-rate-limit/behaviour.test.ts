/** Hidden checks of exercise 1.6, from one request to a crowd. The order here is the manifest's. */
import './deciding.ts';
import './idle.ts';
import './timing.ts';
import './sweeping.ts';
