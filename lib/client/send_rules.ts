import type { SendRefusal } from '../connection/index.js';
import { type FrameBody, KEY_FRAME_FLAG, MAX_STREAMS, mediaClass } from '../wire/index.js';

/** The rules for sending frames, the same as in the C core: the first video frame of a stream, and the first one after a
 *  frame that did not fit, must be a key frame; audio and video cannot share a stream. */
export class SendRules {
  readonly #kinds: ('audio' | 'video' | undefined)[] = new Array(MAX_STREAMS).fill(undefined);
  readonly #needsKeyFrame: boolean[] = new Array(MAX_STREAMS).fill(true);

  /** Call before each frame; `fits` says whether there is room. Returns undefined, after which the frame counts as sent, or
   *  why it is refused. */
  check(frame: FrameBody, fits: boolean): SendRefusal | undefined {
    const { stream } = frame;
    const kind = mediaClass(frame.media);
    if (kind === 'message' || kind === undefined) return fits ? undefined : 'full';
    const known = this.#kinds[stream];
    if (known !== undefined && known !== kind) return 'otherMedium';
    if (kind === 'video') {
      const isKeyFrame = (frame.flags & KEY_FRAME_FLAG) !== 0;
      if (this.#needsKeyFrame[stream] === true && !isKeyFrame) return 'keyFrameDue';
      this.#needsKeyFrame[stream] = !fits;
    }
    if (!fits) return 'full';
    this.#kinds[stream] = kind;
    return undefined;
  }
}
