export { PEER_REQUESTS, type PeerRequest } from '../wire/index.js';
export {
  type Addon,
  ALIKE,
  EVENT,
  type NativeDevice,
  type NativeLoop,
  type NativeStartOptions,
  type NativeWorld,
  RECORD,
  REFUSALS,
  SLAB,
} from './addon.js';
export { type AddonSearch, findAddon, loadAddon, searchAddon } from './load.js';
