export { ConnectionReporter } from './connection_reporter.js';
export { byLabel, Counters, counter, EXPOSITION_TYPE, exposition, gauge, type Metric } from './exposition.js';
export { checkLogger, type Level, Reporter } from './reporter.js';
export { metrics, totals } from './totals.js';
