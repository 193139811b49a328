import { describe, expect, test } from 'vitest';
import {
  BYE_REASONS,
  ErrorCode,
  errorFromBye,
  errorFromNumber,
  errorName,
  TiRtcError,
} from '../../lib/errors/index.js';

describe('a TiRtcError', () => {
  test('a message says what happened, its code and number, and what to do next', () => {
    const error = errorFromNumber(ErrorCode.BUSY, 'a frame of 5 bytes cannot be sent');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'TiRtcError', code: 'BUSY', number: -40006, retryable: true });
    expect(error.message).toBe(`a frame of 5 bytes cannot be sent (BUSY, -40006): ${error.advice}`);
  });

  test('an unknown number has the code UNKNOWN', () => {
    expect(errorFromNumber(-1, 'something')).toMatchObject({ code: 'UNKNOWN', number: -1, retryable: false });
  });

  test('an error keeps its cause', () => {
    const cause = new Error('why');
    expect(new TiRtcError({ what: 'x', number: -2, cause }).cause).toBe(cause);
  });

  test.each(Object.entries(ErrorCode))('%s has a name and advice', (name, number) => {
    expect(errorName(number)).toBe(name);
    expect(errorFromNumber(number, 'x').advice).not.toBe('');
  });
});

describe('the error of a bye', () => {
  test('its code is the name of the reason, and its message contains the text of the service', () => {
    const error = errorFromBye(BYE_REASONS.token_expired, 'no connection to "d"', 'at 12:00');
    expect(error).toMatchObject({ code: 'TOKEN_EXPIRED', number: ErrorCode.SERVER_ERROR, retryable: false });
    expect(error.message).toContain('no connection to "d": the token has expired ("at 12:00")');
  });

  test('its number depends on the link', () => {
    const { refused } = BYE_REASONS;
    expect(errorFromBye(refused, 'x', '', 'start').number).toBe(ErrorCode.INVALID_LICENSE);
    expect(errorFromBye(refused, 'x').number).toBe(ErrorCode.CONN_OTHER_ERROR);
  });

  test('an unknown reason counts as other', () => {
    expect(errorFromBye(200, 'x')).toMatchObject({ code: 'OTHER', retryable: true });
  });
});
