// A program as one would write it in C: main starts the SDK and returns, and the SDK keeps the process alive.
import * as tirtc from '../../../lib/flat/index.js';

const { TIRTC_FLAT_DEVICE: device = '' } = process.env;
const callbacks: tirtc.Callbacks = {
  onEvent: (event) => {
    if (event === tirtc.Event.SYS_STARTED) setImmediate(() => tirtc.stop());
    process.stdout.write(`${event}\n`);
  },
};
if (tirtc.init() !== 0 || tirtc.start(device, callbacks) !== 0) process.exitCode = 1;
