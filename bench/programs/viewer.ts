// A client that subscribes to stream 0. Argument: the endpoint.
import { connect } from '../../lib/client/index.js';
import { serve } from '../support/serve.js';
import { DEVICE, makeToken } from '../support/wire.js';

const [, , endpoint = ''] = process.argv;
let bytes = 0;
const connection = await connect({ endpoint, remoteId: DEVICE.id, token: makeToken() });
connection.on('video', ({ data }) => {
  bytes += data.length;
});
await connection.subscribeVideo(0);

serve({ receivedBytes: () => bytes });
