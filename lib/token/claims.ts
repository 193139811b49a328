import { bareRemoteId, MAX_SUBJECT_BYTES } from '../wire/index.js';

/** The claims of a connect token, with the names in the signed JSON. */
export interface ConnectTokenClaims {
  /** The user who connects, as the backend knows them. */
  readonly sub: string;
  /** `connect:<remote id>`. */
  readonly scope: string;
  /** The access id whose secret key signed. */
  readonly iss: string;
  /** Issued at, seconds since 1970. */
  readonly iat: number;
  /** The token expires at this second. */
  readonly exp: number;
  /** New for every token: unpadded base64url of 16 random bytes. */
  readonly nonce: string;
}

export const CONNECT_SCOPE = 'connect:';

/** Returns the claims as JSON, byte for byte as Go's encoding/json prints them. This text is signed. */
export function claimsToJson(claims: ConnectTokenClaims): string {
  const { sub, scope, iss, iat, exp, nonce } = claims;
  return `{"sub":${goString(sub)},"scope":${goString(scope)},"iss":${goString(iss)},"iat":${iat},"exp":${exp},"nonce":${goString(nonce)}}`;
}

// Go prints some strings differently: it escapes characters that are dangerous in HTML or in old JavaScript, has no short
// form of \b and \f (before Go 1.22), and turns lone surrogates into U+FFFD.
const PRINTED_DIFFERENTLY = /[<>&\u2028\u2029\b\f]|\p{Surrogate}/u;
const ESCAPE_OR_SPECIAL = /\\.|[<>&\u2028\u2029]/g;

/** ASCII without `"`, `&`, `<`, `>` and `\`, which nearly all ids consist of. */
const PRINTED_AS_IT_IS = /^[ !#-%'-;=?-[\]-~]*$/;

function goString(text: string): string {
  if (PRINTED_AS_IT_IS.test(text)) return `"${text}"`;
  if (!PRINTED_DIFFERENTLY.test(text)) return JSON.stringify(text);
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(ESCAPE_OR_SPECIAL, asGoEscapes);
}

function asGoEscapes(found: string): string {
  if (found === '\\b') return '\\u0008';
  if (found === '\\f') return '\\u000c';
  // Two characters are another escape, which is the same in both languages.
  return found.length === 2 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Returns the claims in a parsed JSON value, or what is wrong with it. Unknown claims are ignored. */
export function claimsFromJson(value: unknown): ConnectTokenClaims | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'its payload is not a JSON object';
  const { sub, scope, iss, iat, exp, nonce } = value as Readonly<Record<string, unknown>>;
  if (typeof sub !== 'string' || isLongerInUtf8(sub, MAX_SUBJECT_BYTES)) {
    return `the claim "sub" is not a string of at most ${MAX_SUBJECT_BYTES} bytes`;
  }
  if (
    typeof scope !== 'string' ||
    !scope.startsWith(CONNECT_SCOPE) ||
    bareRemoteId(scope.slice(CONNECT_SCOPE.length)) === ''
  ) {
    return 'the claim "scope" is not "connect:<remote id>"';
  }
  if (typeof iss !== 'string' || iss === '') return 'the claim "iss" is not a string, or is empty';
  if (!isSeconds(iat)) return 'the claim "iat" is not a whole number of seconds';
  if (!isSeconds(exp)) return 'the claim "exp" is not a whole number of seconds';
  if (typeof nonce !== 'string' || nonce === '' || nonce.length > MAX_NONCE_CHARACTERS) {
    return `the claim "nonce" is not a string of 1 to ${MAX_NONCE_CHARACTERS} characters`;
  }
  return { sub, scope, iss, iat, exp, nonce };
}

/** A nonce is remembered until its token expires, so its length is limited. */
const MAX_NONCE_CHARACTERS = 128;

const encoder = new TextEncoder();

/** Returns how many bytes the text has in UTF-8. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** Returns whether the text has more than `maxBytes` bytes in UTF-8. A UTF-16 unit has one to three, so most texts need
 *  not be encoded. */
export function isLongerInUtf8(text: string, maxBytes: number): boolean {
  return text.length > maxBytes || (text.length * 3 > maxBytes && utf8Length(text) > maxBytes);
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
