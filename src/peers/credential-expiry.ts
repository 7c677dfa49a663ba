// Which keys and certificates of peers end soon: warned of in the console, by `doctor` and in figures.
import type { PeerCredential } from './look-at-peer.ts';

export const WARN_DAYS = 30;
const DAY_MS = 86_400_000;

/** Whole days until it ends, 0 on the last one, negative after; undefined where it does not say. */
export function daysLeft({ expiresAt }: PeerCredential, now: Date): number | undefined {
  return expiresAt && Math.floor((expiresAt.getTime() - now.getTime()) / DAY_MS);
}

/** Those that end within thirty days or have ended, the next one first. */
export function endingSoon(credentials: readonly PeerCredential[], now: Date) {
  return credentials
    .flatMap((credential) => {
      const days = daysLeft(credential, now);
      return days !== undefined && days < WARN_DAYS ? [{ ...credential, days }] : [];
    })
    .toSorted((a, b) => a.days - b.days);
}
