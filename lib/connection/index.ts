export { checkRemoteId, deviceIdOf, isEndpoint } from './addresses.js';
export { type ConnectionObserver, NO_OBSERVER } from './observer.js';
export { checkFrame, checkKind, checkStream, isDetached } from './outgoing.js';
export { PeerConnection, type PeerConnectionOptions } from './peer_connection.js';
export type { Transport, TransportRtt, TransportSink } from './transport.js';
