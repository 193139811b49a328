/** Sends a service request to each endpoint of the JSON list on standard input, and prints the outcomes as a JSON list. */
import process from 'node:process';
import { json } from 'node:stream/consumers';
import { Device } from '../../../lib/device/index.js';
import { TiRtcError } from '../../../lib/errors/index.js';

async function outcomeOf(endpoint: string): Promise<object> {
  await using device = new Device({ endpoint });
  try {
    return { body: await device.serviceRequest('/v1/foo', '{}') };
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    const { code, number, message } = error;
    return { code, number, message };
  }
}

const endpoints = (await json(process.stdin)) as readonly string[];
process.stdout.write(JSON.stringify(await Promise.all(endpoints.map(outcomeOf))));
