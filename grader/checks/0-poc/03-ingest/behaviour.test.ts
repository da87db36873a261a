/** Hidden checks of exercise 0.3, from the data to the wire. The order here is the manifest's. */
import './judging.ts';
import './answering.ts';
import './receiving.ts';
import './promising.ts';
