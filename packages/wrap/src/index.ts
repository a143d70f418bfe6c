export { chooseWrapping, type Wrapping } from './mechanisms.js';
export { type Mode, modeOf } from './mode.js';
export { program } from './program.js';
export { findPublicKey, type TargetPublicKey } from './public-key.js';
export { findTarget, readTarget, type Target, type TargetAttributes } from './target.js';
export { wrapTarget } from './wrap-target.js';
