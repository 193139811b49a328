export { ConnectionReporter } from './connection_reporter.js';
export { Counters } from './counters.js';
export { byLabel, EXPOSITION_TYPE, exposition, type Labels, type Metric } from './exposition.js';
export { checkLogger, type Level } from './logger.js';
export { Reporter, type ReporterOptions } from './reporter.js';
export { metrics, totals } from './totals.js';
