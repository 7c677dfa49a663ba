// The way to the network identity service of a test city and back.
import { networkHolders } from '../../src/demo/registers/network-identity/holders.ts';
import { pageName } from './city-browser.ts';
import type { CityBrowser } from './city-browser.ts';
import { nextAddress } from './http-visitor.ts';
import type { Visit } from './http-visitor.ts';

export const NETWORK_PAGE = '/verification/network-identity';
/** Chosen by who refuses. */
export const NOBODY = 'none';

/** Up to the page of the service. */
export async function beginNetwork(
  browser: CityBrowser,
  fields: Record<string, string> = {},
): Promise<URL> {
  const answer = await browser.press(await browser.open(NETWORK_PAGE), 'network-identity', fields);
  const next = nextAddress(answer);
  if (!next) throw new Error(`not sent on: ${answer.status} ${pageName(answer)}`);
  return next;
}

/** Where the service sends the browser back to. */
export async function choosePerson(start: URL, name: string): Promise<URL> {
  const page = await (await fetch(start)).text();
  const request = /name="request" value="([^"]+)"/u.exec(page)?.[1] ?? '';
  const index = networkHolders.findIndex((holder) => holder.name === name);
  const person = index === -1 ? NOBODY : String(index);
  const answer = await fetch(new URL('/choose', start), {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ request, person }),
  });
  return new URL(answer.headers.get('location') ?? '');
}

export async function proveNetwork(
  browser: CityBrowser,
  name: string,
  fields: Record<string, string> = {},
): Promise<Visit> {
  return browser.open(await choosePerson(await beginNetwork(browser, fields), name));
}

/** Name and number, known to the service alone for some. */
export function holderOf(name: string): { name: string; number: string } {
  const found = networkHolders.find((holder) => holder.name === name);
  if (!found) throw new Error(`${name} is gone`);
  return { name, number: found.number };
}
