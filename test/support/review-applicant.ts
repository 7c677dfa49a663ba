// Somebody of a test city who sends documents to staff.
import { EvidenceFileStore } from '../../src/evidence-files/evidence-file-store.ts';
import { pageName, readForm } from './city-browser.ts';
import type { CityBrowser } from './city-browser.ts';
import type { CityNode } from './city-node.ts';
import type { Visit } from './http-visitor.ts';

export const FILES = '/verification/review/files';

export const passport = {
  name: 'Suharto',
  country: 'IDN',
  number: 'x1234567',
  birth_date: '1990-03-07',
};

/** Types what stands on a document. */
export async function typeDetails(
  browser: CityBrowser,
  fields: Record<string, string>,
  of = '414',
) {
  const page = await browser.open(`/verification/review/details?type=${of}`);
  return browser.press(page, 'next', fields);
}

export async function upload(
  browser: CityBrowser,
  slot: string,
  bytes: Uint8Array,
): Promise<Visit> {
  const form = readForm(await browser.open(FILES), `upload-${slot}`);
  const data = new FormData();
  for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
  // Its name and type lie.
  data.append(
    'file',
    new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' }),
    'me.jpg',
  );
  return browser.visitor.request(form.action, {
    method: 'POST',
    body: data,
    headers: { origin: new URL(form.action).origin, 'sec-fetch-site': 'same-origin' },
  });
}

/** As uploads leave it; what converting does is told elsewhere. */
export async function addFiles(
  city: CityNode,
  login: string,
  slots = ['page', 'holding'],
): Promise<void> {
  const store = new EvidenceFileStore(city.storage);
  const page = { bytes: Buffer.from('a picture'), width: 60, height: 40 };
  const { id: ownerId } = city.account(login);
  for (const slot of slots) await store.add({ ownerId, slot }, [page]);
}

export async function send(
  browser: CityBrowser,
  fields: Record<string, string> = { consent: 'yes' },
) {
  return browser.press(await browser.open(FILES), 'send', fields);
}

/** Number of the case, from the status page. */
export function caseNumber(page: Visit): string {
  const found = /\b\d{4} ?\d{4} ?\d{4}\b/u.exec(page.body);
  if (!found) throw new Error(`no case on ${pageName(page)}`);
  return found[0].replaceAll(' ', '');
}
