export { systemClock } from './clock.js';
export { isThenable, SafeEmitter } from './emitter.js';
export { checkStream } from './outgoing.js';
export { PeerConnection, type PeerConnectionOptions } from './peer_connection.js';
export { deviceIdOf } from './remote_id.js';
export type { Transport, TransportRtt, TransportSink } from './transport.js';
