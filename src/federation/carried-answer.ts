// What came back from a peer, on its way through the browser to the page that knows whose browser it is:
// sealed, and for this state alone.
import { z } from 'zod';
import type { Keyring } from '../platform/crypto.ts';
import type { UpstreamCallback } from './upstream-identity.ts';

const callbackSchema = z.record(z.string(), z.string());

function context(state: string): string {
  return `federation.answer:${state}`;
}

export function carryAnswer(
  keyring: Pick<Keyring, 'encryptJson'>,
  { state, callback }: { state: string; callback: UpstreamCallback },
): string {
  return keyring.encryptJson(callback, context(state)).toString('base64url');
}

/** Undefined for what we have not sealed for this state. */
export function openAnswer(
  keyring: Pick<Keyring, 'decryptJson'>,
  { state, answer }: { state: string; answer: string },
): UpstreamCallback | undefined {
  if (answer === '') return undefined;
  try {
    const opened = keyring.decryptJson(Buffer.from(answer, 'base64url'), context(state));
    return callbackSchema.safeParse(opened).data;
  } catch {
    // Altered, or sealed with a key that is gone: as good as none.
    return undefined;
  }
}
