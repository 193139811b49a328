export { checkFrame, checkKind, checkStream, isDetached } from './argument_checks.js';
export { PeerConnection, type PeerConnectionOptions } from './peer_connection.js';
export { checkRemoteId, isEndpoint } from './remote_id.js';
export * from './transport.js';
