// The file HUTONG_STOCK_ACCOUNTS: old systems whose accounts people may take over, how far the word
// of each goes, and until when their passwords are kept. Without the file nothing is offered.
import { z } from 'zod';
import { readSettingsFile } from './settings-file.ts';

const name = z.string().trim().min(1).max(60);

const source = z.strictObject({
  /** Stands in addresses, evidence and records. */
  id: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/u),
  name: z.strictObject({ 'zh-CN': name, en: name }),
  /**
   * The highest real-name level that an identity verified there gives here. 3 is given only when the
   * phone number of the old account is confirmed here too.
   */
  levelCap: z.int().min(1).max(3).default(2),
  /** The day (UTC+8) after which passwords that nobody has used are destroyed. */
  passwordsUntil: z.iso.date(),
  /** The old system told `Wang` from `wang`. */
  caseSensitiveLogins: z.boolean().default(false),
});

const fileSchema = z
  .strictObject({ sources: z.array(source).max(200) })
  .superRefine(({ sources }, context) => {
    const ids = sources.map(({ id }) => id);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) {
      context.addIssue({ code: 'custom', path: ['sources'], message: `names ${twice} twice` });
    }
  });

export type StockSource = z.output<typeof source>;

/** None without a file or with problems, which are appended: never a value, only its place. */
export function loadStockSources(
  file: string | undefined,
  problems: string[],
): readonly StockSource[] {
  if (file === undefined) return [];
  const given = { name: 'HUTONG_STOCK_ACCOUNTS', file, schema: fileSchema };
  return readSettingsFile(given, problems)?.sources ?? [];
}

/** The instant at which the passwords of a source end: the midnight after its last day. */
export function passwordsEndAt({ passwordsUntil }: Pick<StockSource, 'passwordsUntil'>): Date {
  return new Date(Date.parse(`${passwordsUntil}T00:00:00+08:00`) + 86_400_000);
}
