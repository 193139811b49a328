// Keeps a store open until it is killed. Argument: the file.
import { SqliteStore } from '../../lib/service/index.js';

const [, , file = ''] = process.argv;
const store = new SqliteStore(file);
store.setSecret('device', 'camera-1', 'secret');
process.send?.('open');
// The channel to the parent keeps the process alive, and the store must not be collected.
process.on('message', () => store.close());
