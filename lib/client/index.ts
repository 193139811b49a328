export type { BrowserWebSocket, BrowserWebSocketConstructor } from './browser_socket.js';
export type { ClientConnection, Ticket } from './client_connection.js';
export { Client, type ClientNetwork, connect } from './node.js';
export type { ClientConnectTarget, ClientOptions, ConnectOptions } from './options.js';
