import { KeyferryError } from '@keyferry/errors';

/** What came of a request that the service may refuse. */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly refusal: Refusal };

export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  /** Status, code and text of the service: `HTTP 400 BadParameter: ...`. */
  readonly text: string;
}

/** An answer with an error status is a refusal; a request without an answer is thrown. */
export async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { done: true, value: await work() };
  } catch (error) {
    if (!(error instanceof KeyferryError) || error.code === 'SERVICE_BUSY') throw error;
    const { status } = error.values;
    if (typeof status !== 'number' || status < 300) throw error;
    return { done: false, refusal: { status, text: error.reason.replace(/^\S+ answered /, '') } };
  }
}
