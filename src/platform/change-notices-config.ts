// Where the register of legal entities lists what has changed, and how its notices are signed.
import { z } from 'zod';

export const changeNoticesSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/u }),
  /** `iss` of its notices. */
  issuer: z.string().min(1).max(200),
  /** Our name there: `aud` of its notices. */
  clientId: z.string().min(1).max(100),
  /** Of the signatures (HMAC SHA-256). */
  key: z.string().min(32).max(500).optional(),
  keyFile: z.string().max(500).optional(),
  /** How often it is looked whether there are new ones. */
  everySeconds: z.int().min(1).max(3600).default(2),
});

export type ChangeNoticesConfig = Omit<z.output<typeof changeNoticesSchema>, 'key' | 'keyFile'> & {
  key: string;
};
