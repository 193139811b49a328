// tsx test/node_versions/print.ts MAJOR [PLATFORM]      prints the path of that `node`, fetched from npm when it is not here
import { nodeBinary } from './binary.js';

const [, , major = '', platform] = process.argv;
process.stdout.write(`${nodeBinary(Number(major), platform)}\n`);
