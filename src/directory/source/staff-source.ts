// Where the list of all staff comes from: read whole, or not at all. Part of a list is never taken for it.
import { OutboundRefused } from '../../platform/outbound-failure.ts';
import type { StaffDirectoryConfig } from '../../platform/staff-directory-config.ts';
import type { Outbound } from '../../platform/outbound.ts';
import type { RowProblem } from '../staff-file.ts';
import { readCsvSource } from './csv-source.ts';
import { readLdapSource } from './ldap-source.ts';
import { SourceWrong } from './staff-list.ts';
import type { ReadList, SourceProblem, StaffList } from './staff-list.ts';

export type SourceAnswer =
  | ({ ok: true } & StaffList)
  | { ok: false; reason: SourceProblem; problems: readonly RowProblem[]; cause?: string };

export async function readSource(
  { source }: Pick<StaffDirectoryConfig, 'source'>,
  outbound: Pick<Outbound, 'fetch'>,
): Promise<SourceAnswer> {
  try {
    const read: ReadList =
      source.kind === 'csv' ? await readCsvSource(source, outbound) : await readLdapSource(source);
    const { staff, departments, problems } = read;
    if (problems.length > 0) return { ok: false, reason: 'source_wrong', problems };
    // No city is without staff: a list without anybody is a fault of the source.
    if (staff.length === 0) return { ok: false, reason: 'source_empty', problems };
    return { ok: true, staff, departments };
  } catch (error) {
    const isWrong = error instanceof SourceWrong || error instanceof OutboundRefused;
    const cause = error instanceof Error ? error.message.slice(0, 200) : String(error);
    return { ok: false, reason: isWrong ? 'source_wrong' : 'source_down', problems: [], cause };
  }
}
