/** 0.6: one process, one port, five parts. Real sockets and real files; the order of the tasks. */
import './serving.ts';
import './starting.ts';
import './stopping.ts';
import './signals.ts';
