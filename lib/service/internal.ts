/** What other modules of this library use of the service, and the package's './service' does not export. */
export { checkApp, checkDevice } from './options.js';
export { type ReportedEventName, SERVICE_EVENT_NAMES, serviceEventText } from './service_reporter.js';
