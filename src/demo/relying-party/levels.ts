// Levels as the provider states them.

const levelPrefix = 'urn:hutong:level:';

/** The level in `acr`; 0 when it is missing or not one we know. */
export function readLevel(claims: Readonly<Record<string, unknown>>): number {
  const acr = claims['acr'];
  if (typeof acr !== 'string' || !acr.startsWith(levelPrefix)) return 0;
  const level = Number(acr.slice(levelPrefix.length));
  return [1, 2, 3, 4].includes(level) ? level : 0;
}

/** A small whole number such as `real_name_level`; `undefined` when not stated. */
export function readRung(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 9
    ? value
    : undefined;
}
