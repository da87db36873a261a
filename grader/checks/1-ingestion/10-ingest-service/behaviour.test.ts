/** Hidden checks of exercise 1.10. The order here is the manifest's. */
import './keeping.ts';
import './answering.ts';
import './promising.ts';
import './limiting.ts';
import './stopping.ts';
