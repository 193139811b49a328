export { systemClock } from './clock.js';
export { isThenable, SafeEmitter } from './emitter.js';
export { PeerConnection, type PeerConnectionOptions } from './peer_connection.js';
export type { Transport, TransportRtt, TransportSink } from './transport.js';
