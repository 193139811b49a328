// npm run test:soak                       an hour of video in virtual time, then 10,000 connections: nothing may grow
// npm run test:soak -- --cycles 50000     this many connections
// npm run test:soak -- --minutes 10       video of 1 Mbit/s for this long in real time: processor time and memory
import { parseArgs } from 'node:util';
import { soakConnections } from './connections.js';
import { soakRealTime } from './real_time.js';
import { soakVirtualHour } from './virtual_hour.js';

const { values } = parseArgs({
  options: { cycles: { type: 'string', default: '10000' }, minutes: { type: 'string' } },
});

function number(name: string, text: string, least: number): number {
  if (Number(text) >= least) return Number(text);
  console.error(`--${name} ${text} is out of range: use a number of at least ${least}`);
  process.exit(2);
}

const complaints =
  values.minutes === undefined
    ? // The hour is measured in this process, so it comes first; the connections are made by children.
      [...(await soakVirtualHour()), ...(await soakConnections(number('cycles', values.cycles, 20)))]
    : await soakRealTime(number('minutes', values.minutes, 0.01));
for (const complaint of complaints) console.error(complaint);
if (complaints.length === 0) console.log('nothing grew beyond its limit');
else process.exitCode = 1;
