// npm run test:load                                      100 devices for 20 s: everything recovers from every fault
// npm run test:load -- --devices 2000 --seconds 600      the long form
// npm run test:load -- --seed 7                          the same faults as in another run
import { parseArgs } from 'node:util';
import { LoadRun } from './run.js';

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});

function number(name: 'devices' | 'seconds' | 'seed', least: number, most: number): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  console.error(`--${name} ${values[name]} is out of range: use a whole number from ${least} to ${most}`);
  process.exit(2);
}

const options = {
  devices: number('devices', 1, 10_000),
  seconds: number('seconds', 10, 86_400),
  seed: number('seed', 0, 2 ** 31),
};
console.log(`${options.devices} devices and clients for ${options.seconds} s, seed ${options.seed}`);
const complaints = await new LoadRun(options).run();
for (const complaint of complaints) console.error(complaint);
if (complaints.length === 0) {
  console.log('PASSED: every device is back, every command has one outcome, nothing came twice');
} else {
  const args = `--devices ${options.devices} --seconds ${options.seconds} --seed ${options.seed}`;
  console.error(`FAILED: npm run test:load -- ${args} injects the same faults again`);
  process.exitCode = 1;
}
