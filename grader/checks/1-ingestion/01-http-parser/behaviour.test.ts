import './heads.ts';
import './bodies.ts';
import './streams.ts';
