/** `MEDIA_MISSING`: the file cannot be read. `MEDIA_EMPTY`: nothing in it, or no frame. `MEDIA_TRUNCATED`: it ends in the
 *  middle. `MEDIA_FORMAT`: it is not what it should be. */
export type MediaErrorCode = 'MEDIA_MISSING' | 'MEDIA_EMPTY' | 'MEDIA_TRUNCATED' | 'MEDIA_FORMAT';

/** A media file that cannot be used. The message says what is wrong and what would be right. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, what: string, advice: string) {
    super(`${what}; ${advice}`);
    this.code = code;
  }
}
