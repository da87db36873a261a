/** Hidden checks of exercise 1.7, from one number to many threads. The order here is the manifest's. */
import './hashing.ts';
import './locking.ts';
import './limiting.ts';
import './slots.ts';
import './sharing.ts';
