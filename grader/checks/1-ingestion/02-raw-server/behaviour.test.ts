/** Hidden checks of exercise 1.2, from a reply's bytes to a server that closes. The order here is the manifest's. */
import './encoding.ts';
import './answering.ts';
import './refusing.ts';
import './waiting.ts';
import './deadlines.ts';
import './breaking.ts';
import './crowd.ts';
import './closing.ts';
