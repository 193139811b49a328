export * from './command.js';
export * from './control.js';
export * from './endpoint.js';
export * from './frame.js';
export * from './protocol.js';
export * from './sdk_command.js';
export * from './url_encoding.js';
