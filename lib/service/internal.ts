/** What other modules of this library use of the service, and the package's './service' does not export. */
export { isAnyAddress, isLoopback, reachableHost } from './addresses.js';
export { HttpAccess } from './http_access.js';
export { makeHttpServer } from './http_server.js';
export { checkApp, checkDevice } from './options.js';
export { RefusalLog, type RequestRefusal } from './refusal_log.js';
export { toHttpAnswer } from './route_answer.js';
export { type ReportedEventName, SERVICE_EVENT_NAMES, serviceEventText } from './service_reporter.js';
export { faultOfHost } from './upgrade_request.js';
