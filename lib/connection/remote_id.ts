import { bareRemoteId } from '../wire/index.js';

/** The id of the device that "id", "device://id", "whip://id" or "whips://id" names: all of them go over one transport. */
export function deviceIdOf(remoteId: string): string {
  return bareRemoteId(remoteId.replace(/^whips?:\/\//, ''));
}
