// What tells this platform from its neighbours, where several look alike or share a host: the file
// HUTONG_APPEARANCE (name, operator, colour), and the prefix of its cookies.
import { z } from 'zod';
import { readSettingsFile } from './settings-file.ts';

/** Part of the settings. */
export const appearanceSettings = {
  HUTONG_APPEARANCE: z
    .string()
    .optional()
    .describe(
      'JSON file with the name, the operator, the extent and the colour of this platform, see below. Without it the supplied ones stand on its pages.',
    ),
  HUTONG_COOKIE_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/u, 'must be lower-case letters, digits and dashes')
    .optional()
    .describe(
      'Begins the names of all cookies. Only where several platforms share a host name: cookies know no ports.',
    ),
};

const words = z.strictObject({
  'zh-CN': z.string().trim().min(1).max(60),
  en: z.string().trim().min(1).max(100),
});

const fileSchema = z.strictObject({
  name: words.optional(),
  operator: words.optional(),
  /** What its pages mean by 本市: a province says 本省. */
  extent: z.enum(['city', 'province']).default('city'),
  accent: z.enum(['blue', 'teal', 'plum']).default('blue'),
});

export type Appearance = z.output<typeof fileSchema>;

/** As supplied without a file, and with problems, which are appended. */
export function loadAppearance(file: string | undefined, problems: string[]): Appearance {
  const supplied = fileSchema.parse({});
  if (file === undefined) return supplied;
  const given = { name: 'HUTONG_APPEARANCE', file, schema: fileSchema };
  return readSettingsFile(given, problems) ?? supplied;
}
