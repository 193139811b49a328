/** A media file that cannot be used. The message says what is wrong and what would be right. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly code: 'MEDIA_EMPTY' | 'MEDIA_FORMAT';

  constructor(code: 'MEDIA_EMPTY' | 'MEDIA_FORMAT', what: string, advice: string) {
    super(`${what}; ${advice}`);
    this.code = code;
  }
}
