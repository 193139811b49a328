import { BYE_REASONS, ErrorCode } from '../errors/index.js';

/** The name of the service as an actor. */
export const SERVICE = 'service';

export type ActorKind = 'service' | 'device' | 'client' | 'program';

/** The events of each kind of actor and the details of each event. Documents and checks read this. */
export const EVENTS: Readonly<Record<ActorKind, Readonly<Record<string, readonly string[]>>>> = {
  service: {
    listening: ['endpoint'],
    stopped: [],
    deviceOnline: ['deviceId', 'appId', 'clientId', 'reconnect'],
    deviceOffline: ['deviceId', 'why'],
    startRefused: ['deviceId', 'reason'],
    connectRefused: ['deviceId', 'reason', 'detail'],
    requestRefused: ['address', 'reason', 'detail'],
    connectionOpened: ['connection', 'deviceId', 'suffix', 'subject', 'credential', 'issuer'],
    connectionClosed: ['connection', 'deviceId', 'suffix', 'subject', 'credential', 'issuer', 'by', 'why'],
    fault: ['fault', 'kind', 'what', 'detail'],
  },
  device: {
    started: [],
    startFailed: ['code', 'message', 'retryInMs'],
    serviceLost: ['code', 'message', 'retryInMs'],
    reconnectFailed: ['code', 'message', 'retryInMs'],
    serviceBack: [],
    hijacked: ['location'],
    stopped: [],
    connected: ['peer', 'subject'],
    subscribed: ['peer', 'stream', 'kind'],
    unsubscribed: ['peer', 'stream', 'kind'],
    subscribeRefused: ['peer', 'stream', 'kind'],
    keyFrameRequested: ['peer', 'stream'],
    streamEnded: ['peer', 'stream'],
    busy: ['peer', 'stream'],
    command: ['peer', 'command', 'text', 'answered'],
    disconnected: ['peer', 'code'],
    error: ['message'],
  },
  client: {
    connected: ['with'],
    connectFailed: ['code', 'message'],
    subscribed: ['kind', 'stream'],
    firstFrame: ['kind', 'stream', 'keyFrame'],
    command: ['command', 'text'],
    strayAnswer: ['command', 'text', 'sequenceNumber'],
    closed: ['code', 'message'],
    error: ['message'],
  },
  program: {
    started: ['pid'],
    line: ['stream', 'text'],
    flooding: ['lines'],
    exited: ['code', 'signal'],
  },
};

/** The code of a cancelled connect. */
export const CANCELLED = 'CANCELLED';

/** The codes that a start or a connect can fail with. */
export const FAILURE_CODES: readonly string[] = [
  ...Object.keys(ErrorCode),
  ...Object.keys(BYE_REASONS).map((name) => name.toUpperCase()),
  'ACCESS_HIJACKING',
  'PROTOCOL',
  'SUBSCRIBE_REFUSED',
];

/** The scenario ran, and something was not as it says. */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure';
  readonly code = 'SCENARIO_FAILED';
}

/** The scenario cannot continue: a program cannot be run, a port is in use, time does not advance. */
export class ScenarioBreakdown extends Error {
  override readonly name = 'ScenarioBreakdown';
  readonly code = 'SCENARIO_BROKEN';
}
