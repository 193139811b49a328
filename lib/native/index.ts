export { PEER_REQUESTS, type PeerRequest } from '../wire/index.js';
export * from './addon.js';
export { type AddonSearch, findAddon, loadAddon, searchAddon } from './load.js';
