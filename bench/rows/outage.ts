import type { Row } from '../row.js';
import { Program } from '../support/program.js';

const COUNT = 500;
const AWAY_SECONDS = 1;

/** Returns the seconds until the last device is back at a service that went away. */
async function untilAllAreBack(): Promise<number> {
  const serving = await Program.start('service', COUNT);
  const members = await Program.start('idle_devices', await serving.ask<string>('endpoint'));
  await members.ask('open', COUNT);
  const back = members.ask<number>('untilAllAreBack');
  await serving.ask('goAway', AWAY_SECONDS * 1000);
  const seconds = await back;
  await members.stop();
  await serving.stop();
  return seconds;
}

export const outageRows: readonly Row[] = [
  {
    name: 'outage',
    what: `time until the last of ${COUNT} devices is back at a service that was away for ${AWAY_SECONDS} s`,
    against: 'twice the outage and a second',
    better: 'less',
    good: 1,
    great: 0.9,
    open: () =>
      Promise.resolve({
        ours: untilAllAreBack,
        reference: () => Promise.resolve(2 * AWAY_SECONDS + 1),
        close: () => Promise.resolve(),
      }),
  },
];
