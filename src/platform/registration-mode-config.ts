// Where people register in a first installation; from then on the database says it.
import { z } from 'zod';

/**
 * 国办函〔2016〕108号, 三(四). `independent` 分建: registered, verified and stored here. `embedded` 统分: our
 * pages hand over to the province, which stores; here is a shadow. `centralized` 统建: the province alone
 * registers and signs natural persons in; sessions, mandates and records are ours.
 */
export const registrationModes = ['independent', 'embedded', 'centralized'] as const;
export type RegistrationMode = (typeof registrationModes)[number];

export interface InitialMode {
  mode: RegistrationMode;
  /** The peer that registers; absent where we do. */
  provinceId?: string | undefined;
}

/** Part of the settings. */
export const registrationModeSettings = {
  HUTONG_REGISTRATION_MODE: z
    .enum(registrationModes)
    .default('independent')
    .describe(
      'Where people register in a first installation: here (`independent` 分建), or at the province that `HUTONG_PROVINCE_PEER` names (`embedded` 统分, `centralized` 统建). Once `hutong mode` has changed it, that counts.',
    ),
  HUTONG_PROVINCE_PEER: z
    .string()
    .regex(/^[a-z\d-]{1,64}$/u, 'must be the id of a peer')
    .optional()
    .describe('The peer where people register, for `embedded` and `centralized`.'),
};

export function loadInitialMode(
  found: { HUTONG_REGISTRATION_MODE?: RegistrationMode; HUTONG_PROVINCE_PEER?: string | undefined },
  problems: string[],
): InitialMode {
  const { HUTONG_REGISTRATION_MODE: mode = 'independent', HUTONG_PROVINCE_PEER: peer } = found;
  const isNeeded = mode !== 'independent';
  if (isNeeded && peer === undefined) problems.push('HUTONG_PROVINCE_PEER: must name the province');
  if (!isNeeded && peer !== undefined) {
    problems.push('HUTONG_PROVINCE_PEER: only where HUTONG_REGISTRATION_MODE is another');
  }
  return { mode, ...(peer === undefined ? {} : { provinceId: peer }) };
}
