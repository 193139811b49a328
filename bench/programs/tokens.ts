// Tokens, and as reference the two HMACs with base64url that every token needs.
import { createHmac } from 'node:crypto';
import { verifyConnectToken } from '../../lib/token/index.js';
import { serve } from '../support/serve.js';
import { APP, DEVICE, makeToken } from '../support/wire.js';

const COUNT = 20_000;
const keys = {
  apps: { [APP.accessId]: APP.secretKey },
  devices: { [DEVICE.id]: DEVICE.secret },
  target: DEVICE.id,
};
const token = makeToken();
const payload = token.split('.')[1] ?? '';
const json = Buffer.from(payload, 'base64url').toString();

function sign(text: string): string {
  const inner = createHmac('sha256', DEVICE.secret).update(text).digest('base64url');
  return createHmac('sha256', APP.secretKey).update(`${text}.${inner}`).digest('base64url');
}

/** Returns calls per second. */
function rate(call: () => unknown): number {
  const started = performance.now();
  for (let i = 0; i < COUNT; i++) call();
  return (COUNT / (performance.now() - started)) * 1000;
}

serve({
  issue: () => rate(makeToken),
  issueBare: () => rate(() => sign(Buffer.from(json).toString('base64url'))),
  verify: () => rate(() => verifyConnectToken(token, keys)),
  verifyBare: () =>
    rate(() => {
      Buffer.from(payload, 'base64url').toString();
      return sign(payload);
    }),
});
