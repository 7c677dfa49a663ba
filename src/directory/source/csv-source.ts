// The list of staff as CSV files: of this machine, or of a server by https.
import { ImportFileError, readCsvBytes, readCsvFile } from '../../accounts/import-rows.ts';
import type { CsvRecord, CsvTable } from '../../accounts/import-rows.ts';
import type { Outbound } from '../../platform/outbound.ts';
import type { CsvSourceConfig } from '../../platform/staff-directory-config.ts';
import {
  departmentColumns,
  readDepartmentRows,
  readStaffRows,
  staffColumns,
} from '../staff-file.ts';
import { SourceWrong } from './staff-list.ts';
import type { ReadList } from './staff-list.ts';

type Fetching = Pick<Outbound, 'fetch'>;

/** @throws SourceWrong; Error for what could not be reached */
export async function readCsvSource(
  source: CsvSourceConfig,
  outbound: Fetching,
): Promise<ReadList> {
  try {
    const table = { known: staffColumns, required: ['user_name', 'name'] } as const;
    const people = await readStaffRows(await records(source, source.staff, { table, outbound }));
    const tree = await departmentsOf(source, outbound);
    return { ...people, ...tree, problems: [...tree.problems, ...people.problems] };
  } catch (error) {
    // A file that is not there may be on its way; one with another header is not the file.
    if (error instanceof ImportFileError && error.problem !== 'file_unreadable') {
      throw new SourceWrong(error.problem);
    }
    throw error;
  }
}

async function departmentsOf(source: CsvSourceConfig, outbound: Fetching) {
  if (source.departments === undefined) return { departments: [], problems: [] };
  const table = { known: departmentColumns, required: ['code', 'name'] } as const;
  return readDepartmentRows(await records(source, source.departments, { table, outbound }));
}

async function records<Column extends string>(
  { encoding, authorization }: CsvSourceConfig,
  place: string,
  { table, outbound }: { table: CsvTable<Column>; outbound: Fetching },
): Promise<AsyncIterable<CsvRecord<Column>>> {
  if (!/^https?:/u.test(place)) return readCsvFile(place, { ...table, encoding });
  const headers = authorization === undefined ? {} : { authorization };
  const response = await outbound.fetch(place, { headers });
  if (response.status !== 200) throw new Error(`answered ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return readCsvBytes(bytes, { ...table, encoding });
}
