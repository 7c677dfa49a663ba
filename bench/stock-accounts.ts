// Writes the accounts of an invented old system for measuring their import:
// `node bench/stock-accounts.ts FILE [COUNT]`. Every hundredth row has an error.
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { seededPerson } from '../src/accounts/seeded-account.ts';
import { stockColumns } from '../src/stock-accounts/import-stock-accounts.ts';

const [file, count = '100000'] = process.argv.slice(2);
if (!file) throw new Error('usage: node bench/stock-accounts.ts FILE [COUNT]');
const out = createWriteStream(file, { mode: 0o600 });
out.write(`${stockColumns.join(',')}\n`);
for (let serial = 0; serial < Number(count); serial += 1) {
  if (!out.write(`${row(serial)}\n`)) await once(out, 'drain');
}
out.end();
await once(out, 'close');

function row(serial: number): string {
  const { login, phone, draft, certificateNumber } = seededPerson(serial, new Date());
  const isWrong = serial % 100 === 99;
  const hash = isWrong ? 'plaintext' : saltedHash(login);
  const name = draft.attributes.name?.value ?? '';
  const cells = [serial, login, hash, name, phone, '', '111', certificateNumber, '', 2];
  return cells.join(',');
}

/** OpenLDAP's salted SHA-256: what is measured is the import, not the hashing of old systems. */
function saltedHash(password: string): string {
  const salt = randomBytes(8);
  const digest = createHash('sha256').update(password).update(salt).digest();
  return `{SSHA256}${Buffer.concat([digest, salt]).toString('base64')}`;
}
