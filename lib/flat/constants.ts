/** TIRTC_OPT_*, for setOption(). */
export const Option = {
  SERVICE_ENDPOINT: 1,
  SECRET_KEY: 2,
  MAX_CONNECTIONS: 3,
  NETWORK_TYPE: 4,
  ICCID: 5,
  WAKEUP: 6,
  RESTRICTED_NETWORK: 7,
  MAX_SEND_BUFFER: 8,
  CONNECT_CACHE: 9,
  APP_ID: 10,
  CLIENT_ID: 11,
  CONNECT_LINK_MODE: 12,
  TGTRP_POLL_TIMEOUT: 13,
} as const;

/** TiEVENT_* and TIRTC_EVENT_*, which `onEvent` is given. */
export const Event = {
  SYS_STARTED: 0,
  SYS_STOPPED: 1,
  /** With the location, a string. */
  ACCESS_HIJACKING: 2,
  /** With a RetryInfo. */
  START_FAILED: 0x1001,
  /** With a RetryInfo. */
  SERVICE_LOST: 0x1002,
  SERVICE_BACK: 0x1003,
} as const;

/** TIRTC_CONNECT_LINK_MODE_*. */
export const LinkMode = { AUTO: 0, DIRECT_ONLY: 1, RELAY_ONLY: 2 } as const;

/** Levels of logSetLevel(). */
export const LogLevel = { ERROR: 1, WARN: 2, OK: 3, INFO: 4, VERBOSE: 5 } as const;

/** Bit 0 of a command word. */
export const RESPONSE_BIT = 1;
