/** Names, channel bytes and limits of docs/wire.md sections 1 and 2. */
export const SUBPROTOCOL = 'tirtc.v1';
export const BEARER_SUBPROTOCOL_PREFIX = 'tirtc.bearer.';
export const TICKET_SUBPROTOCOL_PREFIX = 'tirtc.ticket.';

export const CHANNEL_COMMAND = 0;
export const CHANNEL_AUDIO = 1;
export const CHANNEL_VIDEO = 2;
export const CHANNEL_CONTROL = 255;

export const COMMAND_HEADER_BYTES = 4;
export const FRAME_HEADER_BYTES = 12;
export const NONCE_BYTES = 32;
export const MAC_BYTES = 32;
export const ACCEPT_KEY_BYTES = 16;
export const START_ID_BYTES = 16;
export const TICKET_BYTES = 32;
export const MAX_DEVICE_ID_BYTES = 63;
export const MAX_CLIENT_ID_BYTES = 64;
export const MAX_APP_ID_BYTES = 64;
export const MAX_SUBJECT_BYTES = 1024;
export const MAX_BYE_TEXT_BYTES = 200;
export const MAX_STREAMS = 16;
export const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
export const MIN_MAX_MESSAGE_BYTES = 64;
/** The largest message of a device or client before its proof or `ready`. */
export const MAX_UNPROVEN_MESSAGE_BYTES = 1024;

/** Bytes or text that violate docs/wire.md. The owner of the link decides how to react. */
export class WireError extends Error {
  override readonly name = 'WireError';
}
