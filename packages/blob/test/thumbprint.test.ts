import test from 'ava';
import { practiceKey } from '../../../test/support/practice-keys.js';
import { publicJwkOf } from '../src/jwk.js';
import { parseThumbprint, thumbprintHex, thumbprintOf, thumbprintWords } from '../src/thumbprint.js';
import { codeOf, refusal } from './support/refusal.js';
import { THUMBPRINT_OF_RFC_7638 } from './support/samples.js';

/** RFC 7638 section 3.1. */
const RFC_7638_N =
  '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
const HEX = '3736cbb1787cb8309c77ee8c3705c5e16ffb9e859715901f1e4c59b11182f57b';
const WORDS =
  'clamshell congregate spheroid photograph island informant select commando ' +
  'python inception tycoon megaton clamshell almighty solo tolerance ' +
  'gremlin Wichita quiver leprosy preshrunk bifocals peachy businessman ' +
  'berserk disbelief endow photograph Athens Istanbul vapor inferno';

test('the thumbprint of the example of RFC 7638 is the one in RFC 7638', (t) => {
  t.is(thumbprintOf({ kty: 'RSA', n: RFC_7638_N, e: 'AQAB' }), THUMBPRINT_OF_RFC_7638);
  t.is(thumbprintHex(THUMBPRINT_OF_RFC_7638), HEX);
  t.is(thumbprintWords(THUMBPRINT_OF_RFC_7638).join(' '), WORDS);
});

test('the thumbprint of an EC key is over crv, kty, x and y in that order', (t) => {
  const jwk = publicJwkOf(practiceKey('ec-p256'));
  const reordered = Object.fromEntries(Object.entries(jwk).reverse());
  t.is(thumbprintOf(jwk), thumbprintOf(reordered as unknown as typeof jwk));
  t.is(thumbprintOf(jwk).length, 45 + 43);
});

const digest = THUMBPRINT_OF_RFC_7638.slice(-43);
for (const [what, text] of [
  ['the URI', THUMBPRINT_OF_RFC_7638],
  ['the URI with a newline', `${THUMBPRINT_OF_RFC_7638}\n`],
  ['its last 43 characters', digest],
  ['64 hex digits', HEX],
  ['64 capital hex digits', HEX.toUpperCase()],
  ['hex with colons', HEX.match(/../g)?.join(':') ?? ''],
  [
    'hex in groups over two lines',
    HEX.match(/.{8}/g)
      ?.join(' ')
      .replace(/ (.{35})$/, '\n$1') ?? '',
  ],
  ['32 words', WORDS],
  ['32 words in capitals, with commas', WORDS.toUpperCase().replaceAll(' ', ', ')],
  ['32 words on numbered lines', `1.  ${WORDS.replace(/ (?=(?:\S+ ){7}\S+$)/, '\n2.  ')}\n`],
  ['hex with hyphens', HEX.match(/.{16}/g)?.join('-') ?? ''],
]) {
  test(`a thumbprint can be typed as ${what}`, (t) => {
    t.is(parseThumbprint(text as string), THUMBPRINT_OF_RFC_7638);
  });
}

for (const [what, text] of [
  ['nothing', ''],
  ['yes', 'yes'],
  ['its first half', digest.slice(0, 22)],
  ['one character too few', digest.slice(1)],
  ['one hex digit too few', HEX.slice(1)],
  ['one hex digit too many', `${HEX}0`],
  ['a last character with bits beyond the digest', `${digest.slice(0, 42)}t`],
  ['padding', `${digest}=`],
  ['the standard alphabet', digest.replace('-', '+').replace('_', '/')],
  ['another hash in the URI', THUMBPRINT_OF_RFC_7638.replace('sha-256', 'sha-512')],
  ['one word too few', WORDS.replace(/ \S+$/, '')],
  ['one word too many', `${WORDS} aardvark`],
  ['two words exchanged', WORDS.replace(/^(\S+) (\S+)/, '$2 $1')],
  ['a word that is not on the list', WORDS.replace(/^\S+/, 'cider')],
  ['hex after the URI prefix', THUMBPRINT_OF_RFC_7638.replace(digest, HEX)],
]) {
  test(`a thumbprint with ${what} is refused`, (t) => {
    t.is(
      codeOf(() => parseThumbprint(text as string)),
      'THUMBPRINT_INVALID',
    );
  });
}

test('of words that do not fit the refusal says which one, but nothing of any other text', (t) => {
  const reasonOf = (text: string) => refusal(() => parseThumbprint(text)).reason;
  t.regex(reasonOf(WORDS.replace(/^(\S+ \S+) \S+/, '$1')), /31 words, and "[a-z]+" cannot stand at place 3/i);
  t.regex(reasonOf('secret pin'), /found 10 characters$/);
});
