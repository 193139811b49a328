/** Calls the addon again and again until it is terminated, most likely inside a call. */
import { parentPort } from 'node:worker_threads';
import { loadAddon, SLAB } from '../../../lib/native/index.js';

const { Device, Loop } = loadAddon();
const device = new Device(new Loop(() => {}, [new ArrayBuffer(SLAB.bytes)]));
parentPort?.postMessage('calling');
for (;;) device.id();
