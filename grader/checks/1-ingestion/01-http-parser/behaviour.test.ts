import './heads.ts';
import './bodies.ts';
import './streams.ts';
import './limits.ts';
import './memory.ts';
