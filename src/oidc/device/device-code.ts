// What is stored of a device that waits to be signed in (RFC 8628), and the code a person types.
import { errors } from 'oidc-provider';

/** The library's DeviceCode, as far as we look at it. Times in epoch seconds. */
export interface DeviceCodePayload {
  /** The device code. */
  jti: string;
  clientId: string;
  iat: number;
  exp: number;
  /** Of the authorization request. */
  params: Record<string, unknown>;
  userCode: string;
  /** Who asked for the code: the device, or a server that speaks for it. */
  deviceInfo?: { userAgent: string; address: string };
  /** Once somebody has approved it. */
  accountId?: string;
  grantId?: string;
  scope?: string;
  sid?: string;
  /** Once it was refused, or could not be completed. */
  error?: string;
}

/** An answer has been given; it is never given again. */
export function isDecided(code: Pick<DeviceCodePayload, 'accountId' | 'error'>): boolean {
  return code.accountId !== undefined || code.error !== undefined;
}

/** Somebody else was faster. */
export class DeviceCodeDecided extends errors.InvalidRequest {
  override readonly allow_redirect = false;

  constructor() {
    super('the device code was already approved or refused');
  }
}

/** Consonants only: nothing that reads as another character, and no words. */
export const USER_CODE_CHARSET = 'base-20';
export const USER_CODE_MASK = '****-****';
const LETTERS = /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/u;

/** What people read or type in place of a letter that the code can contain. */
const MISREAD: Readonly<Record<string, string>> = {
  '0': 'Q',
  '1': 'L',
  '2': 'Z',
  '5': 'S',
  '6': 'G',
  '7': 'T',
  '8': 'B',
  I: 'L',
  O: 'Q',
  U: 'V',
  Y: 'V',
};

/**
 * A typed code as it is stored: capitals, without separators. Takes lower case, full-width
 * characters, any dash or space, and characters that are easily confused. Undefined when it cannot
 * be a code.
 */
export function readUserCode(typed: string): string | undefined {
  const characters = Array.from(typed.normalize('NFKC').toUpperCase())
    .filter((character) => /[\p{L}\p{N}]/u.test(character))
    .map((character) => MISREAD[character] ?? character);
  const code = characters.join('');
  return LETTERS.test(code) ? code : undefined;
}

/** As the device shows it: `WDJB-MJHT`. */
export function formatUserCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}
