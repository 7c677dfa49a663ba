// The file HUTONG_STAFF_DIRECTORY: where the list of all staff is read from at an interval, by file or by
// LDAP. It may hold a password, so it is a secret. Without the file nothing is imported by itself.
import { z } from 'zod';
import { readSettingsFile } from './settings-file.ts';

const text = z.string().trim().min(1).max(2000);
const attribute = z.string().regex(/^[A-Za-z][\w;.-]{0,100}$/u);

const csvSource = z.strictObject({
  kind: z.literal('csv'),
  /** Path of a file, or an https address. */
  staff: text,
  departments: text.optional(),
  encoding: z.enum(['utf-8', 'gb18030']).default('utf-8'),
  /** Header `Authorization` for an https address. */
  authorization: text.optional(),
});

const ldapList = z.strictObject({
  base: text,
  filter: text,
});

const ldapSource = z.strictObject({
  kind: z.literal('ldap'),
  url: z.url({ protocol: /^ldaps?$/u }),
  startTls: z.boolean().default(false),
  /** PEM file of certification authorities in place of the system's. */
  caFile: text.optional(),
  bindDn: text,
  bindPassword: text,
  staff: ldapList.extend({
    attributes: z.strictObject({
      user_name: attribute,
      name: attribute,
      staff_id: attribute.optional(),
      department: attribute.optional(),
      title: attribute.optional(),
      mobile: attribute.optional(),
      email: attribute.optional(),
      active: attribute.optional(),
    }),
  }),
  departments: ldapList
    .extend({
      attributes: z.strictObject({
        code: attribute,
        name: attribute,
        parent: attribute.optional(),
      }),
    })
    .optional(),
  pageSize: z.int().min(10).max(5000).default(500),
  timeoutSeconds: z.int().min(1).max(600).default(30),
});

const fileSchema = z.strictObject({
  source: z.discriminatedUnion('kind', [csvSource, ldapSource]),
  everyMinutes: z.int().min(1).max(10_080).default(60),
  /** More leavers than this at once stop the import: so many, or this share of those imported before. */
  mostLeaving: z.int().min(0).max(100_000).default(5),
  mostLeavingPercent: z.int().min(0).max(50).default(10),
});

export type StaffSourceConfig = z.output<typeof csvSource> | z.output<typeof ldapSource>;
export type CsvSourceConfig = z.output<typeof csvSource>;
export type LdapSourceConfig = z.output<typeof ldapSource>;
export type StaffDirectoryConfig = z.output<typeof fileSchema>;

/** Undefined without a file or with problems, which are appended: never a value, only its place. */
export function loadStaffDirectory(
  found: { HUTONG_STAFF_DIRECTORY?: string | undefined; HUTONG_MODE?: string | undefined },
  problems: string[],
): StaffDirectoryConfig | undefined {
  const { HUTONG_STAFF_DIRECTORY: file, HUTONG_MODE: mode } = found;
  if (file === undefined) return undefined;
  const given = { name: 'HUTONG_STAFF_DIRECTORY', file, schema: fileSchema };
  const read = readSettingsFile(given, problems);
  if (!read) return undefined;
  if (mode !== 'demonstration' && !isSecure(read.source)) {
    problems.push(
      'HUTONG_STAFF_DIRECTORY: source: names and passwords need ldaps, startTls or https',
    );
  }
  return read;
}

function isSecure(source: StaffSourceConfig): boolean {
  if (source.kind === 'ldap') return source.startTls || source.url.startsWith('ldaps:');
  return ![source.staff, source.departments].some((place) => place?.startsWith('http:'));
}
