// A device that has signed an account in before, as other parts see it.

export interface KnownDevice {
  id: string;
  accountId: string;
  /** Names the device's budget; a device that is remembered anew starts with a fresh one. */
  budgetId: string;
  /** A code of an authenticator was proven on it; the password alone does not make it so. */
  hasProvenSecondFactor: boolean;
}

/** The cookie should live as long as the record: it ends this long after the last sign-in. */
export const KNOWN_DEVICE_SECONDS = 180 * 86_400;
