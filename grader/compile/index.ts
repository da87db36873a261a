/** From a student's sources to a build: compile, then scan for what the exercise refuses. */
export { type CompileRequest, type CompileResult, compile } from './compile.ts';
export { compilerPath } from './compiler.ts';
export { replacedNotice } from './replaced.ts';
export { ruleError, scanRules } from './rules.ts';
export { brokenSeal, sealOf } from './seal.ts';
export { withImports } from './stage.ts';
