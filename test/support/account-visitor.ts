// A person at the account centre, and what a test may look up behind it.
import type { CityNode } from './city-node.ts';
import { CityBrowser } from './city-browser.ts';

/** Signs in at the centre and stands on `page`. */
export async function visitAccountCentre(city: CityNode, login: string, page = '/account') {
  const browser = new CityBrowser(city.issuer);
  const visit = await browser.walk(await browser.open(page), city.account(login));
  return { browser, visit };
}

/** Opens the centre in a browser that is signed in elsewhere; the answer is not delivered. */
export async function undeliveredAnswer(city: CityNode, browser: CityBrowser): Promise<URL> {
  const stop = await browser.visitor.visit(new URL('/account', city.issuer), (next) =>
    next.pathname.startsWith('/account/callback'),
  );
  const location = stop.headers.get('location');
  if (location === null) throw new Error(`no answer, but ${stop.status} at ${stop.url}`);
  return new URL(location, stop.url);
}

/** What the centre itself holds, beside what the provider knows. */
export function storedAccountSessions(city: CityNode): Promise<number> {
  return city.storage.database.collection('accountSessions').countDocuments();
}

/** The kinds of events recorded about an account. */
export async function eventTypes(city: CityNode, accountId: string): Promise<string[]> {
  const records = await city.storage.database
    .collection<{ _id: string; type: string }>('auditRecords')
    .find({ $or: [{ actor: accountId }, { subject: accountId }] })
    .sort({ at: 1 })
    .toArray();
  return records.map(({ type }) => type);
}
