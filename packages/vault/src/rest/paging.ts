import type { Stretch } from '../keys/key-index.js';
import { type KeysRequest, ok, type Reply } from '../message.js';
import { fromBase64url } from '../rules/base64url.js';
import { badParameter } from '../rules/refusal.js';

/** As many as the service gives, and as many as may be asked for. */
const LONGEST_PAGE = 25;

/** What follows the last item of a page: a name, or the sequence of a version. */
const POSITION = /^[0-9a-zA-Z-]{1,127}$/;

/** The page that `maxresults` and `$skiptoken` ask for, with one item more, which tells whether another page follows. */
export function readPage(query: URLSearchParams): Stretch {
  const asked = query.get('maxresults') ?? String(LONGEST_PAGE);
  const length = /^\d{1,3}$/.test(asked) ? Number(asked) : 0;
  if (length < 1 || length > LONGEST_PAGE) {
    throw badParameter(`Parameter "maxresults" must be a number from 1 to ${LONGEST_PAGE}.`);
  }
  const token = query.get('$skiptoken');
  const after = token === null ? undefined : fromBase64url(token)?.toString('latin1');
  if (token !== null && !POSITION.test(after ?? ''))
    throw badParameter('Parameter "$skiptoken" is not one of a nextLink.');
  return { after, count: length + 1 };
}

/**
 * A page of a list with the link to the next. The link holds the place of the last item and not a number, so keys that
 * come or go meanwhile shift nothing: every key that stays is seen exactly once.
 */
export function pageReply<T>(
  request: KeysRequest,
  { count }: Stretch,
  found: readonly T[],
  item: (found: T) => unknown,
  place: (found: T) => string,
): Reply {
  const page = found.slice(0, count - 1);
  const last = page.at(-1);
  const more = found.length > page.length && last !== undefined;
  return ok({ value: page.map(item), nextLink: more ? linkAfter(request, count - 1, place(last)) : null });
}

function linkAfter({ host, path, query }: KeysRequest, length: number, place: string): string {
  const version = encodeURIComponent(query.get('api-version') ?? '');
  const token = Buffer.from(place, 'latin1').toString('base64url');
  return `https://${host.host}${path}?api-version=${version}&$skiptoken=${token}&maxresults=${length}`;
}
