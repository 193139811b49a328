import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import * as wire from '../wire/index.js';

export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'ticket'; readonly ticket: Uint8Array };

/** The request of a device or client that opens a link, docs/wire.md section 1. */
export type UpgradeRequest = StartRequest | ConnectRequest | AcceptRequest;

export interface StartRequest {
  readonly link: 'start';
  readonly deviceId: string;
  /** base64url; undefined if the device sends no start id. */
  readonly startId: string | undefined;
  readonly clientId: string;
  readonly appId: string;
  /** Target and host as they were sent. */
  readonly target: string;
  readonly host: string;
}

export interface ConnectRequest {
  readonly link: 'connect';
  /** The device id, without `device://`. */
  readonly peerId: string;
  /** What follows the id in the client's remote id; empty for most. */
  readonly suffix: string;
  readonly credential: Credential;
  /** The largest message that the client takes; 2^32 - 1 if it sends no limit. */
  readonly maxMessageBytes: number;
}

export interface AcceptRequest {
  readonly link: 'accept';
  readonly deviceId: string;
  readonly key: Uint8Array;
  readonly mac: Uint8Array;
  /** The largest message that the device takes; 2^32 - 1 if it sends no limit. */
  readonly maxMessageBytes: number;
}

/** Returns the device that sends the request, or that the client calls. */
export function deviceOf(request: UpgradeRequest): string {
  return request.link === 'connect' ? request.peerId : request.deviceId;
}

/** The wire field is a u32. */
const MAX_MESSAGE_LIMIT_BYTES = 0xffff_ffff;

/** The refusal of an upgrade with an HTTP status. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const LINKS: readonly wire.LinkName[] = ['start', 'connect', 'accept'];

/** Returns the link that a request target names; its query does not matter. */
export function linkOfTarget(target: string, pathPrefix: string): wire.LinkName | undefined {
  const path = target.split('?', 1)[0];
  return LINKS.find((link) => path === `${pathPrefix}/v1/${link}`);
}

/** Explain why a path is not found, and which paths exist. */
export function explainPath(target: string, pathPrefix: string): string {
  const path = target.split('?', 1)[0] ?? '';
  const known = LINKS.map((link) => `${pathPrefix}/v1/${link}`).join(', ');
  const named = LINKS.find((link) => path.endsWith(`/${link}`));
  const hint = named === undefined ? '' : `; did you mean ${pathPrefix}/v1/${named}? Check the path of the endpoint`;
  return `there is nothing at this path: a link is one of ${known}${hint}`;
}

/** Read an upgrade request. Returns an HttpRefusal when it is malformed. */
export function readUpgrade(request: IncomingMessage, pathPrefix: string): UpgradeRequest | HttpRefusal {
  const target = request.url ?? '';
  const link = linkOfTarget(target, pathPrefix);
  const hostFault = faultOfHost(request);
  if (hostFault !== undefined) return new HttpRefusal(400, hostFault);
  if (link === undefined) return new HttpRefusal(404, explainPath(target, pathPrefix));
  const subprotocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
  if (!isWebSocketUpgrade(request) || !subprotocols.includes(wire.SUBPROTOCOL)) {
    return new HttpRefusal(
      426,
      `${target.split('?', 1)[0]} is only for WebSockets with the subprotocol ${wire.SUBPROTOCOL}`,
    );
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(request.headers['sec-websocket-key'] ?? '')) {
    return new HttpRefusal(400, 'the header Sec-WebSocket-Key is missing or malformed');
  }
  try {
    if (link === 'start') return readStart(request, target);
    return link === 'connect' ? readConnect(request, target, subprotocols) : readAccept(request);
  } catch (error) {
    if (error instanceof HttpRefusal) return error;
    if (error instanceof wire.WireError) return new HttpRefusal(400, error.message);
    throw error;
  }
}

/** Explain why the header Host is invalid; undefined if it is not (RFC 9112 section 3.2). */
export function faultOfHost(request: IncomingMessage): string | undefined {
  const { length } = headerValues(request, 'host');
  if (length > 1) return `the header Host was sent ${length} times: send it once`;
  return length === 0 && request.httpVersion !== '1.0' ? 'the header Host is missing' : undefined;
}

function isWebSocketUpgrade({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && headers['sec-websocket-version'] === '13'
  );
}

function readStart(request: IncomingMessage, target: string): StartRequest {
  if (target.includes('?')) throw new HttpRefusal(400, 'a start must not have a query');
  const startId = header(request, 'x-tg-start-id');
  if (startId !== '') fixedBytes(startId, wire.START_ID_BYTES, 'X-Tg-Start-Id');
  return {
    link: 'start',
    deviceId: idOfHeader(request, 'X-Tg-Device-Id', wire.MAX_DEVICE_ID_BYTES) || missing('X-Tg-Device-Id'),
    startId: startId === '' ? undefined : startId,
    ...clientIds(request),
    target,
    host: request.headers.host ?? '',
  };
}

function clientIds(request: IncomingMessage): Pick<StartRequest, 'clientId' | 'appId'> {
  return {
    clientId: idOfHeader(request, 'X-Tg-Client-Id', wire.MAX_CLIENT_ID_BYTES),
    appId: idOfHeader(request, 'X-Tg-App-Id', wire.MAX_APP_ID_BYTES),
  };
}

function readConnect(request: IncomingMessage, target: string, subprotocols: readonly string[]): ConnectRequest {
  const [, query = '', ...more] = target.split('?');
  const peerIds = parametersOf(query, 'peer_id');
  const suffixes = parametersOf(query, 'peer_suffix');
  const peer = wire.splitRemoteId(peerIds[0] ?? '');
  if (more.length > 0 || peerIds.length !== 1 || peer.deviceId === '') {
    throw new HttpRefusal(400, 'a connect must name its device once, as ?peer_id=<percent-encoded id>');
  }
  const suffix = suffixes[0] ?? peer.suffix;
  if (suffixes.length > 1 || Buffer.byteLength(suffix) > wire.MAX_SUFFIX_BYTES) {
    throw new HttpRefusal(400, `peer_suffix must be sent at most once, with at most ${wire.MAX_SUFFIX_BYTES} bytes`);
  }
  clientIds(request);
  const authorizations = headerValues(request, 'authorization');
  const credentials = [
    ...authorizations.map(credentialOfHeader),
    ...subprotocols.flatMap((subprotocol) => credentialOfSubprotocol(subprotocol)),
  ];
  const [credential] = credentials;
  if (credential === undefined) {
    throw new HttpRefusal(
      401,
      'a connect must have "Authorization: Bearer <token>" or "Authorization: Ticket <ticket>"',
    );
  }
  if (credentials.length > 1)
    throw new HttpRefusal(400, `a connect must have one credential, not ${credentials.length}`);
  return { link: 'connect', peerId: peer.deviceId, suffix, credential, maxMessageBytes: readLimit(request) };
}

/** Returns the decoded values of a parameter. */
function parametersOf(query: string, name: string): readonly string[] {
  const pairs = query.split('&').filter((pair) => pair.startsWith(`${name}=`));
  return pairs.map((pair) => wire.percentDecode(pair.slice(name.length + 1)));
}

function credentialOfHeader(value: string): Credential {
  const [, scheme, text] = /^(Bearer|Ticket) +([^ ]+)$/i.exec(value) ?? [];
  if (scheme === undefined || text === undefined) {
    throw new HttpRefusal(400, 'Authorization must be "Bearer <token>" or "Ticket <ticket>"');
  }
  return scheme.toLowerCase() === 'bearer' ? { kind: 'token', token: text } : ticketCredential(text);
}

function credentialOfSubprotocol(subprotocol: string): readonly Credential[] {
  if (subprotocol.startsWith(wire.BEARER_SUBPROTOCOL_PREFIX)) {
    return [{ kind: 'token', token: subprotocol.slice(wire.BEARER_SUBPROTOCOL_PREFIX.length) }];
  }
  if (subprotocol.startsWith(wire.TICKET_SUBPROTOCOL_PREFIX)) {
    return [ticketCredential(subprotocol.slice(wire.TICKET_SUBPROTOCOL_PREFIX.length))];
  }
  return [];
}

function ticketCredential(text: string): Credential {
  return { kind: 'ticket', ticket: fixedBytes(text, wire.TICKET_BYTES, 'the ticket') };
}

/** A proof that is missing or malformed is as bad as a wrong one: 403, not 400. */
function readAccept(request: IncomingMessage): AcceptRequest {
  const maxMessageBytes = readLimit(request);
  try {
    return {
      link: 'accept',
      deviceId: idOfHeader(request, 'X-Tg-Device-Id', wire.MAX_DEVICE_ID_BYTES) || missing('X-Tg-Device-Id'),
      key: fixedBytes(header(request, 'x-tg-accept-key'), wire.ACCEPT_KEY_BYTES, 'X-Tg-Accept-Key'),
      mac: fixedBytes(header(request, 'x-tg-accept'), wire.MAC_BYTES, 'X-Tg-Accept'),
      maxMessageBytes,
    };
  } catch (error) {
    throw new HttpRefusal(403, `the accept has no valid proof: ${(error as Error).message}`);
  }
}

function readLimit(request: IncomingMessage): number {
  const text = header(request, 'x-tg-max-message-bytes');
  if (text === '') return MAX_MESSAGE_LIMIT_BYTES;
  const bytes = Number(text);
  if (/^[0-9]{1,10}$/.test(text) && bytes >= wire.MIN_MAX_MESSAGE_BYTES && bytes <= MAX_MESSAGE_LIMIT_BYTES)
    return bytes;
  const range = `a whole number from ${wire.MIN_MAX_MESSAGE_BYTES} to ${MAX_MESSAGE_LIMIT_BYTES}`;
  throw new wire.WireError(`X-Tg-Max-Message-Bytes ${JSON.stringify(text.slice(0, 20))} is out of range: use ${range}`);
}

function missing(name: string): never {
  throw new HttpRefusal(400, `the header ${name} is missing`);
}

/** Read an id; '' if it was not sent. The refusal does not repeat an id that is too long. */
function idOfHeader(request: IncomingMessage, name: string, maxBytes: number): string {
  const id = header(request, name.toLowerCase());
  const bytes = Buffer.byteLength(id);
  if (bytes <= maxBytes) return id;
  throw new HttpRefusal(400, `the header ${name} has ${bytes} bytes: use an id of at most ${maxBytes}`);
}

function header(request: IncomingMessage, name: string): string {
  const values = headerValues(request, name);
  if (values.length > 1) throw new HttpRefusal(400, `the header ${name} was sent ${values.length} times: send it once`);
  return wire.percentDecode(values[0] ?? '');
}

function headerValues(request: IncomingMessage, name: string): readonly string[] {
  return request.headersDistinct[name] ?? [];
}

function fixedBytes(text: string, size: number, what: string): Uint8Array {
  const bytes = wire.base64UrlDecode(text);
  if (bytes.length !== size) throw new wire.WireError(`${what} must be ${size} bytes in base64url`);
  return bytes;
}
