// The export as one JSON document, written while it is read: however much an account holds, a process
// holds one row of it.
import type { Account } from '../accounts/account.ts';
import type { ExportReader, ExportRow, ExportSection, ExportValue } from './export-section.ts';

const FORMAT = 'hutong-account-export/1';

export interface ExportHead {
  issuer: string;
  exportedAt: Date;
}

/** Pieces of the document; times in ISO 8601, names of fields in snake case. */
export async function* exportDocument(
  sections: readonly ExportSection[],
  of: { account: Account; reader: ExportReader; head: ExportHead },
): AsyncGenerator<string> {
  const { account, reader, head } = of;
  const { issuer, exportedAt } = head;
  const opening = JSON.stringify({ format: FORMAT, issuer, exported_at: exportedAt });
  yield opening.slice(0, -1);
  for (const { name, rows } of sections) {
    yield `,\n${JSON.stringify(name)}: [`;
    let separator = '\n  ';
    for await (const row of await rows(account, reader)) {
      yield separator + JSON.stringify(plainRow(row));
      separator = ',\n  ';
    }
    yield ']';
  }
  yield '\n}\n';
}

function plainRow(row: ExportRow): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, plain(value)]),
  );
}

function plain(value: ExportValue): unknown {
  return typeof value === 'object' && 'code' in value ? value.code : value;
}
