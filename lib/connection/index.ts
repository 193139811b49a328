export { checkRemoteId, deviceIdOf, isEndpoint } from './addresses.js';
export { checkFrame, checkKind, checkStream, isDetached } from './argument_checks.js';
export { PeerConnection, type PeerConnectionOptions } from './peer_connection.js';
export {
  type ConnectionObserver,
  NO_OBSERVER,
  type SendRefusal,
  type Transport,
  type TransportRtt,
  type TransportSink,
} from './transport.js';
