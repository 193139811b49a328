export { checkRemoteId, deviceIdOf, isEndpoint } from './addresses.js';
export { checkFrame, checkKind, checkStream, isDetached } from './argument_checks.js';
export { PeerConnection, type PeerConnectionOptions } from './peer_connection.js';
export * from './transport.js';
