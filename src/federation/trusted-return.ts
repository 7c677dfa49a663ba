// How platforms that a chain of trust gives are told from registered peers, in ids and addresses.

/** In the place of the id of a peer. */
export const TRUSTED_RETURN = 'trusted';

/** @param hash of the entity identifier, in lower-case letters and digits */
export function trustedPeerId(hash: string): string {
  return `${TRUSTED_RETURN}-${hash}`;
}

export function isTrustedPeerId(peerId: string): boolean {
  return peerId.startsWith(`${TRUSTED_RETURN}-`);
}
