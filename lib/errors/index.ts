export * from './arguments.js';
export * from './bye.js';
export * from './error_codes.generated.js';
export * from './http_error.js';
export * from './tirtc_error.js';
export * from './tls_error.js';
