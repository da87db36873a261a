/** Submissions: found, checked, and copied into folders of ours. */
export { discover } from './discover.ts';
export { type TakeInOptions, takeIn } from './takein.ts';
export {
  type Candidate,
  type DiscoverOptions,
  type Intake,
  type IntakeLimits,
  intakeLimits,
  type Repository,
} from './types.ts';
export { defaultProtocols, knownProtocols } from './url.ts';
