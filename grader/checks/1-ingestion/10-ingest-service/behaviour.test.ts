/** Hidden checks of exercise 1.10. The order here is the manifest's. */
import './keeping.ts';
import './answering.ts';
import './routing.ts';
import './promising.ts';
import './failing.ts';
import './restarting.ts';
import './limiting.ts';
import './resting.ts';
import './stopping.ts';
