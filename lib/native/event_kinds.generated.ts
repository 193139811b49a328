// Made from include/tirtc_events.h by `npm run generate`. Do not edit.

/** The values of tirtc_event_kind_t by the names of this package. */
export const EVENT_KINDS = {
  started: 1,
  stopped: 2,
  startFailed: 3,
  serviceLost: 4,
  serviceBack: 5,
  hijacked: 6,
  accepted: 7,
  connected: 8,
  failed: 9,
  gone: 10,
  command: 11,
  audio: 12,
  video: 13,
  message: 14,
  keyFrameRequested: 15,
  subscribeVideo: 16,
  unsubscribeVideo: 17,
  subscribeAudio: 18,
  unsubscribeAudio: 19,
  subscribeAnswered: 20,
  bitrateChanged: 21,
} as const;
