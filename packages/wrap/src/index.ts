export { program } from './program.js';
export { findPublicKey, type TargetPublicKey } from './target/public-key.js';
export { findTarget, readTarget, type Target, type TargetAttributes } from './target/target.js';
export { type Mode, modeOf } from './token/mode.js';
export { ladder, type Wrapping } from './wrapping/ladder.js';
export { wrapTarget } from './wrapping/wrap-target.js';
