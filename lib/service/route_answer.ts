import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';
import { checkInteger } from '../base/index.js';
import { inspectForError, invalidParameter, refuseUnknownKeys } from '../errors/index.js';
import type { HttpAnswer } from './scripted_answers.js';

/** An answer as it is, without the envelope. A string `body` is sent as text, anything else as JSON. */
export interface RawAnswer {
  /** 200 to 599. Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The content of the envelope `{"code", "message", "data"}`, in which the platform answers requests. */
export interface EnvelopeAnswer {
  /** What the caller receives. Anything that JSON can express; nothing by default. */
  readonly data?: unknown;
  /** 0 or 200 for success, 600 to 2147483647 for an error of the platform. Default 0; with an error status, the status. */
  readonly code?: number;
  /** Default `ok`, or a text about the error. */
  readonly message?: string;
  /** HTTP status, 200 to 599. Default 200. The caller fails with a status from 300 on. */
  readonly status?: number;
  readonly raw?: undefined;
}

/** The answer of a route: data, an error, or with `raw` any HTTP answer. */
export type RouteAnswer = EnvelopeAnswer | { readonly raw: RawAnswer };

const ENVELOPE_KEYS = ['data', 'code', 'message', 'status', 'raw'];
/** What other libraries call the parts of an answer. */
const NOT_IN_AN_ENVELOPE = ['headers', 'body', 'json', 'text'];
const RAW_KEYS = ['status', 'headers', 'body'];
const MIN_PLATFORM_CODE = 600;
const MAX_PLATFORM_CODE = 0x7fff_ffff;

/** Check the answer of a route and convert it. `what` names it in errors, which are INVALID_PARAMETER. */
export function toHttpAnswer(what: string, answer: unknown): HttpAnswer {
  checkObject(what, answer, 'give an object, as in { data: { name: "x" } }');
  if ('raw' in answer && answer.raw !== undefined) {
    if (Object.keys(answer).length === 1) return rawAnswer(`raw of ${what}`, answer.raw);
    throw invalidParameter(`${what} has raw and other members`, 'raw is the whole answer: leave the others out');
  }
  const misplaced = NOT_IN_AN_ENVELOPE.find((key) => key in answer);
  if (misplaced !== undefined) {
    const advice = 'give { data }, or { raw: { status, headers, body } } for an answer without the envelope';
    throw invalidParameter(`${what} has no ${JSON.stringify(misplaced)}`, advice);
  }
  refuseUnknownKeys(what, answer, ENVELOPE_KEYS);
  return envelopeAnswer(what, answer);
}

function envelopeAnswer(what: string, answer: EnvelopeAnswer): HttpAnswer {
  const { data, status = 200 } = answer;
  checkStatus(what, status);
  const { code = status < 300 ? 0 : status } = answer;
  if (answer.code !== undefined) checkCode(what, code);
  const { message = code === 0 || code === 200 ? 'ok' : (STATUS_CODES[code] ?? 'error') } = answer;
  if (typeof message !== 'string') {
    throw invalidParameter(`the message of ${what} is ${inspectForError(message)}`, 'give a string');
  }
  const headers = { 'Content-Type': 'application/json' };
  return { status, headers, body: JSON.stringify({ code, message, data }) };
}

function rawAnswer(what: string, raw: unknown): HttpAnswer {
  checkObject(what, raw, 'give an object of status, headers and body');
  refuseUnknownKeys(what, raw, RAW_KEYS);
  const { status = 200, headers = {}, body = '' } = raw as RawAnswer;
  checkStatus(what, status);
  checkHeaders(what, headers);
  const isText = typeof body === 'string';
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json';
  return { status, headers: { 'Content-Type': type, ...headers }, body: isText ? body : JSON.stringify(body) };
}

function checkObject(what: string, value: unknown, advice: string): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw invalidParameter(`${what} is ${inspectForError(value)}`, advice);
}

function checkStatus(what: string, status: unknown): void {
  checkInteger(`the status of ${what}`, status, 200, 599);
}

function checkCode(what: string, code: unknown): void {
  if (code === 0 || code === 200) return;
  const advice = `use 0, ${MIN_PLATFORM_CODE} to ${MAX_PLATFORM_CODE}, or the member status for an HTTP status`;
  checkInteger(`the code of ${what}`, code, MIN_PLATFORM_CODE, MAX_PLATFORM_CODE, advice);
}

function checkHeaders(what: string, headers: unknown): void {
  checkObject(`headers of ${what}`, headers, 'give an object of strings');
  for (const [name, value] of Object.entries(headers)) {
    const header = `the header ${inspectForError(name)} of ${what}`;
    if (typeof value !== 'string') throw invalidParameter(`${header} is ${inspectForError(value)}`, 'give a string');
    if (!passes(() => validateHeaderName(name))) {
      throw invalidParameter(`${header} has an invalid name`, 'use letters, digits and hyphens');
    }
    if (!passes(() => validateHeaderValue(name, value))) {
      const advice = 'remove line breaks, control characters and characters beyond Latin-1';
      throw invalidParameter(`${header} has an invalid value`, advice);
    }
  }
}

/** Returns false if a check of Node throws. */
function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
