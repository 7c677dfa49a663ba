// The file HUTONG_MANDATES: how far power over an organisation may be given to others, and for how
// long. Without the file the limits below hold, which are those of the electronic business licence.
import { z } from 'zod';
import { readSettingsFile } from './settings-file.ts';

const limits = z
  .strictObject({
    /** Administrators of one organisation at a time. */
    administrators: z.int().min(1).max(50).default(5),
    /** Offered in the form; in days. */
    defaultDays: z.int().min(1).max(3660).default(30),
    /** From the first day to the last, and from the day of an extension. */
    longestDays: z.int().min(1).max(3660).default(365),
    /** Of a mandate for one use only, from when it counts; in hours. */
    singleUseHours: z.int().min(1).max(720).default(24),
    /** How often a handler's mandate may be passed on: 0 never, 1 by who was appointed directly. */
    delegationDepth: z.int().min(0).max(5).default(1),
    /** Open offers of one organisation that came with uploads. */
    importedOffers: z.int().min(1).max(20_000).default(5000),
    /** Uploads of one organisation in 24 hours, trials included. */
    importsADay: z.int().min(1).max(1000).default(50),
    /** Branches and departments 子账号 of one organisation at a time; 0: none can be made. */
    subAccounts: z.int().min(0).max(500).default(50),
    /** Before the end both sides are told; in days. */
    warningDays: z.int().min(0).max(90).default(7),
  })
  .refine(({ defaultDays, longestDays }) => defaultDays <= longestDays, {
    path: ['defaultDays'],
    message: 'must not be longer than longestDays',
  });

export type MandateLimits = z.output<typeof limits>;

export const suppliedMandateLimits: MandateLimits = limits.parse({});

/** The supplied ones without a file, and with problems, which are appended. */
export function loadMandateLimits(file: string | undefined, problems: string[]): MandateLimits {
  if (file === undefined) return suppliedMandateLimits;
  const given = { name: 'HUTONG_MANDATES', file, schema: limits };
  return readSettingsFile(given, problems) ?? suppliedMandateLimits;
}
