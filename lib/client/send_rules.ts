import { ErrorCode } from '../errors/index.js';
import { type FrameBody, KEY_FRAME_FLAG, MAX_STREAMS, mediaClass } from '../wire/index.js';

/** The rules for sending frames, the same as in the C core: the first video frame of a stream, and the first one after a
 *  frame that did not fit, must be a key frame; audio and video cannot share a stream. */
export class SendRules {
  readonly #kinds: ('audio' | 'video' | undefined)[] = new Array(MAX_STREAMS).fill(undefined);
  readonly #needsKeyFrame: boolean[] = new Array(MAX_STREAMS).fill(true);

  /** Call before each frame; `fits` says whether there is room. Returns 0, after which the frame counts as sent, or a
   *  TIRTC_E_* number. */
  admit(frame: FrameBody, fits: boolean): number {
    const kind = mediaClass(frame.media);
    if (kind === undefined) return ErrorCode.INVALID_PARAMETER;
    if (kind === 'message') return fits ? 0 : ErrorCode.BUSY;
    const known = this.#kinds[frame.stream];
    if (known !== undefined && known !== kind) return ErrorCode.INVALID_PARAMETER;
    if (kind === 'video') {
      const isKeyFrame = (frame.flags & KEY_FRAME_FLAG) !== 0;
      if (!fits || (this.#needsKeyFrame[frame.stream] === true && !isKeyFrame)) {
        this.#needsKeyFrame[frame.stream] = true;
        return ErrorCode.BUSY;
      }
      this.#needsKeyFrame[frame.stream] = false;
    }
    if (!fits) return ErrorCode.BUSY;
    this.#kinds[frame.stream] = kind;
    return 0;
  }
}
