export { ConnectionReporter } from './connection_reporter.js';
export { Counters } from './counters.js';
export { byLabel, counter, EXPOSITION_TYPE, exposition, gauge, type Metric } from './exposition.js';
export { checkLogger, type Level } from './logger.js';
export { Reporter } from './reporter.js';
export { metrics, totals } from './totals.js';
