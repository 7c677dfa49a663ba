// The forms of a client id. What is registered here has neither `.` nor `$`: ids are keys of stored
// documents. A client that a chain of trust brings has the address that it has in its federation.

export const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9_:~@-]{0,99}$/u;
const ENTITY_ID = /^https?:\/\/[\x21-\x7E]{1,504}$/u;

export const LONGEST_CLIENT_ID = 512;

export function isClientId(text: string): boolean {
  return CLIENT_ID.test(text) || isEntityClientId(text);
}

export function isEntityClientId(text: string): boolean {
  return ENTITY_ID.test(text);
}

/** As a key of a stored document; ids that are registered here stay as they are. */
export function clientKey(clientId: string): string {
  return clientId.replaceAll(/[%.$]/gu, (each) => `%${each.codePointAt(0)?.toString(16)}`);
}

export function clientOfKey(key: string): string {
  return key.replaceAll(/%(25|2e|24)/gu, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
}
