/** Hidden checks of exercise 1.9, from one connection that stays to a server that closes. The order is the manifest's. */
import './answering.ts';
import './ordering.ts';
import './refusing.ts';
import './ending.ts';
import './idling.ts';
import './sending.ts';
import './waiting.ts';
import './flooding.ts';
import './crowd.ts';
import './closing.ts';
