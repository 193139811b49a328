// The service of the load test. Argument: a ServiceSetup as JSON. Sends its port, and answers each ServiceRequest.
import { TiRtcError } from '../../../lib/errors/index.js';
import { type Fault, SimulatedService } from '../../../lib/service/index.js';
import { sample } from '../../soak/children/sample.js';
import { APP, idOf, secretOf } from '../credentials.js';
import type { ServiceRequest, ServiceSetup } from '../protocol.js';
import { Random } from '../random.js';

const TICKET_SECONDS = 2;
const setup = JSON.parse(process.argv[2] ?? '') as ServiceSetup;
const random = new Random(setup.seed);
const ids = Array.from({ length: setup.devices }, (_, i) => idOf(i));
const service = new SimulatedService({
  port: setup.port,
  devices: Object.fromEntries(ids.map((id) => [id, secretOf(id)])),
  apps: { [APP.accessId]: APP.secretKey },
  ticketLifetimeSeconds: TICKET_SECONDS,
});

/** Break links of a random device, if it has them at the moment. */
function cutOne(): void {
  const device = ids[random.below(ids.length)] ?? '';
  const faults: readonly Fault[] = [
    { kind: 'dropStartLink', device },
    { kind: 'cut', device, link: 'accept' },
    { kind: 'cut', device, link: 'connect' },
    { kind: 'kill', device },
  ];
  try {
    service.fault(faults[random.below(faults.length)] as Fault);
  } catch (error) {
    if (!(error instanceof TiRtcError && error.message.includes('hits nothing'))) throw error;
  }
}

process.on('message', ({ cut = 0, downMs, report = false }: ServiceRequest) => {
  for (let i = 0; i < cut; i++) cutOne();
  if (downMs !== undefined) service.fault({ kind: 'down', forMs: downMs });
  process.send?.(report ? sample() : 'done');
});
process.on('disconnect', () => process.exit());
const { port } = await service.listen();
process.send?.(port);
