import type { Material, Steps } from '../wrong-blob.js';

/** What is done otherwise than in a right blob, so that it is wrong in exactly one way. */
export type Fault = (material: Material) => Partial<Steps>;
