// The list of staff in an LDAP directory (RFC 4511), page by page (RFC 2696), read alone. A referral is an
// error: the part of the list that is elsewhere would count as having left.
import { readFileSync } from 'node:fs';
import { Client } from 'ldapts';
import type { Entry } from 'ldapts';
import type { LdapSourceConfig } from '../../platform/staff-directory-config.ts';
import { readDepartmentRows, readStaffRows } from '../staff-file.ts';
import { SourceWrong } from './staff-list.ts';
import type { ReadList } from './staff-list.ts';

/** @throws SourceWrong; Error for what could not be reached */
export async function readLdapSource(source: LdapSourceConfig): Promise<ReadList> {
  const { url, startTls, caFile, timeoutSeconds } = source;
  const secure = {
    minVersion: 'TLSv1.2' as const,
    ...(caFile === undefined ? {} : { ca: [readFileSync(caFile)] }),
  };
  const timeout = timeoutSeconds * 1000;
  const isSecure = url.startsWith('ldaps:');
  const client = new Client({
    url,
    timeout,
    connectTimeout: timeout,
    strictDN: false,
    ...(isSecure ? { tlsOptions: secure } : {}),
  });
  try {
    if (startTls && !isSecure) await client.startTLS(secure);
    await client.bind(source.bindDn, source.bindPassword);
    const people = await readStaffRows(rows(await entriesOf(client, source, source.staff)));
    const tree = source.departments
      ? await readDepartmentRows(rows(await entriesOf(client, source, source.departments)))
      : { departments: [], problems: [] };
    return { ...people, ...tree, problems: [...tree.problems, ...people.problems] };
  } finally {
    // Whether the other side hears it changes nothing of what was read.
    await client.unbind().catch(() => undefined);
  }
}

interface ListConfig {
  base: string;
  filter: string;
  attributes: Readonly<Record<string, string | undefined>>;
}

async function entriesOf(
  client: Client,
  { pageSize, timeoutSeconds }: LdapSourceConfig,
  { base, filter, attributes }: ListConfig,
): Promise<Record<string, string>[]> {
  const named = Object.entries(attributes).flatMap(([column, name]) =>
    name === undefined ? [] : [{ column, name }],
  );
  const { searchEntries, searchReferences } = await client.search(base, {
    scope: 'sub',
    filter,
    attributes: named.map(({ name }) => name),
    paged: { pageSize },
    timeLimit: timeoutSeconds,
  });
  if (searchReferences.length > 0) throw new SourceWrong('referral');
  return searchEntries.map((entry) => {
    const texts = named.map(({ column, name }) => [column, firstText(entry, name)] as const);
    return Object.fromEntries(texts.filter(([, value]) => value !== ''));
  });
}

/** Names of attributes have no case (RFC 4512, 2.5). */
function firstText(entry: Entry, name: string): string {
  const key = Object.keys(entry).find((each) => each.toLowerCase() === name.toLowerCase());
  const value = key === undefined ? undefined : entry[key];
  const first = Array.isArray(value) ? value[0] : value;
  if (first === undefined) return '';
  return (typeof first === 'string' ? first : first.toString('utf8')).trim();
}

async function* rows(
  found: readonly Record<string, string>[],
): AsyncGenerator<{ number: number; fields: Record<string, string> }> {
  for (const [index, fields] of found.entries()) {
    yield { number: index + 1, fields };
    await Promise.resolve();
  }
}
