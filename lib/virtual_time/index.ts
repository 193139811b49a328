export type { VirtualNetwork } from './virtual_network.js';
export { VirtualTime, type VirtualTimeOptions } from './virtual_time.js';
