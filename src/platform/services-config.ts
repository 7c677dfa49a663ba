// The file HUTONG_SERVICES: the catalogue of services 事项 that departments handle, with what each asks
// of the person and of the organisation. Clients register the codes they serve.
import { z } from 'zod';
import { readSettingsFile } from './settings-file.ts';

const name = z.string().trim().min(1).max(60);

/** As clients write it in `services` and in the request parameter `service`. */
export const SERVICE_CODE = /^[A-Za-z0-9._:-]{1,64}$/u;

const service = z.strictObject({
  code: z.string().regex(SERVICE_CODE),
  name: z.strictObject({ 'zh-CN': name, en: name }),
  /** Level 1–4 of the person's sign-in (`acr`). */
  minimumLevel: z.int().min(1).max(4).optional(),
  /** Real-name level 1–4 of the organisation that somebody acts for. */
  minimumEntityLevel: z.int().min(1).max(4).optional(),
});
export type ServiceConfig = z.output<typeof service>;

const fileSchema = z
  .strictObject({ services: z.array(service).max(5000) })
  .superRefine(({ services }, context) => {
    const seen = new Set<string>();
    for (const { code } of services) {
      if (seen.has(code)) {
        context.addIssue({ code: 'custom', path: ['services'], message: `names ${code} twice` });
      }
      seen.add(code);
    }
  });

/** Empty without a file, and with problems, which are appended. */
export function loadServices(
  file: string | undefined,
  problems: string[],
): readonly ServiceConfig[] {
  if (file === undefined) return [];
  const given = { name: 'HUTONG_SERVICES', file, schema: fileSchema };
  return readSettingsFile(given, problems)?.services ?? [];
}
