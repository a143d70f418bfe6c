export { type Mode, modeOf } from './mode.js';
export { program } from './program.js';
export { findPublicKey, type TargetPublicKey } from './target/public-key.js';
export { findTarget, readTarget, type Target, type TargetAttributes } from './target/target.js';
export { ladder, type Wrapping } from './wrapping/ladder.js';
export { wrapTarget } from './wrapping/wrap-target.js';
