// tsx test/node_versions/print.ts MAJOR [PLATFORM]      prints the path of that `node`; npm provides it if it is missing
import { nodeBinary } from './binary.js';

const [, , major = '', platform] = process.argv;
process.stdout.write(`${nodeBinary(Number(major), platform)}\n`);
