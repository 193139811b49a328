export { CLIENT_TLS, TLS_FLOOR } from './rules.js';
