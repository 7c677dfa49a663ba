// A city on two processes in which organisations sign in by themselves, with the licence platform and the
// authority of the demonstration behind real HTTP; and what somebody does on the pages.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { lockAccount } from '../../src/accounts/operate-account.ts';
import { commandHoldings } from '../../src/app/command-holdings.ts';
import type { Authority } from '../../src/demo/registers/entity-credentials/authority.ts';
import { signDetached } from '../../src/demo/registers/entity-credentials/detached-signature.ts';
import { ActingCity, SCOPE } from './acting-city.ts';
import type { Held } from './acting-city.ts';
import { CityBrowser } from './city-browser.ts';
import type { PendingRequest, RequestParameters } from './city-browser.ts';
import { deviceClient } from './devices.ts';
import { entityOf, named } from './entity-city.ts';
import { startEntityCredentials } from './entity-credentials.ts';
import type { EntityCredentials } from './entity-credentials.ts';
import type { Visit } from './http-visitor.ts';
import { startRegisters } from './registers.ts';
import type { Registers } from './registers.ts';

export const library = entityOf('王演示');
export const housework = entityOf('陈体验');
export const breakfast = entityOf('林新办');
export const [wang, chen] = [named('王演示'), named('陈体验')];
export const ALL = `${SCOPE} real_name`;

function organisation(
  login: string,
  { uscc, name }: { uscc: string; name: string },
  level: 2 | 4 = 4,
) {
  return { login, kind: 'legalEntity' as const, level, name, fields: { uscc } };
}

function person(login: string, { name, number }: { name: string; number: string }) {
  return { login, name, fields: { certificate_type: '111', certificate_number: number } };
}

export const asWang = { uscc: library.uscc, presenter: wang.number };

export interface Begun {
  browser: CityBrowser;
  pending: PendingRequest;
  page: Visit;
}

export const hrefOf = (page: Visit) => /id="present" href="([^"]+)"/u.exec(page.body)?.[1] ?? '';

/** The error that the client is answered with. */
export function errorOf({ browser, pending }: Begun, page: Visit): string | null {
  return browser.finish(pending, page).parameters.get('error');
}

/** Where the authority lists what it has revoked by now. */
async function startList(authority: Authority) {
  const server = createServer((_request, response) => {
    void authority.list().then((bytes) => response.end(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close().closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/revoked.crl`, close };
}

/** Call it at the top of a test file. */
export function organisationCity(uri: string) {
  const city = new ActingCity();
  let credentials!: EntityCredentials;
  let registers: Registers;
  let list: { url: string; close(): void };

  beforeAll(async () => {
    credentials = await startEntityCredentials();
    list = await startList(credentials.authority);
    registers = await startRegisters({ legalEntities: {}, more: credentials });
    await city.start(uri, {
      environment: registers.environment,
      accounts: [
        organisation('library', library),
        organisation('housework', housework, 2),
        person('wangyanshi', wang),
        person('chentiyan', chen),
      ],
      clients: [deviceClient('kiosk', { subjects: ['naturalPerson', 'legalEntity'], scope: ALL })],
    });
  }, 90_000);
  afterEach(() => credentials.setFault('none'));
  afterAll(async () => {
    await city.stop();
    await registers.stop();
    list.close();
    credentials.stop();
  });

  async function begin(
    client: string,
    parameters: RequestParameters = {},
    browser = new CityBrowser(city.node.issuer),
  ): Promise<Begun> {
    const { pending, visit } = await city.request(browser, client, parameters);
    return { browser, pending, page: visit };
  }

  /** Follows a link of a page. */
  function follow({ browser, page }: Begun, id: string): Promise<Visit> {
    const link = new RegExp(`<a [^>]*href="([^"]+)"[^>]*id="${id}"|id="${id}" href="([^"]+)"`, 'u');
    const [, before, after] = link.exec(page.body) ?? [];
    const href = before ?? after;
    if (href === undefined) throw new Error(`no link ${id} on ${page.url}`);
    return browser.open(new URL(href.replaceAll('&amp;', '&'), page.url));
  }

  async function organisationTab(begun: Begun): Promise<Begun> {
    const page = await begun.browser.open(`${new URL(begun.page.url).pathname}?kind=legalEntity`);
    return { ...begun, page };
  }

  async function licenceShown(begun: Begun): Promise<Visit> {
    return begun.browser.press(await follow(begun, 'by-licence'), 'begin-licence');
  }

  async function present(page: Visit, of: { uscc: string; presenter: string; role?: string }) {
    return credentials.presentLicence(hrefOf(page), of);
  }

  /** A whole sign-in by licence, up to the answer for the client. */
  async function byLicence(
    client: string,
    of = asWang,
    from?: Begun,
  ): Promise<Begun & { end: Visit }> {
    const begun = from ?? (await organisationTab(await begin(client, { scope: ALL })));
    const shown = await licenceShown(begun);
    await present(shown, of);
    return { ...begun, end: await begun.browser.press(shown, 'check-licence') };
  }

  /** @param use.by the authority that issues the certificate */
  async function signed(page: Visit, of: { uscc: string; name: string }, more: object = {}) {
    const text = /<textarea id="text"[^>]*>([^<]+)<\/textarea>/u.exec(page.body)?.[1] ?? '';
    return credentials.sign(text, { ...of, ...more });
  }

  async function certificatePage(client: string, parameters: RequestParameters = {}) {
    const begun = await organisationTab(await begin(client, { scope: ALL, ...parameters }));
    return { ...begun, page: await follow(begun, 'by-certificate') };
  }

  async function heldAfter({ browser, pending, end }: Begun & { end: Visit }): Promise<Held> {
    return city.redeem(browser.finish(pending, end));
  }

  async function byPassword(client: string, login: string, parameters: RequestParameters = {}) {
    const begun = await organisationTab(await begin(client, { scope: ALL, ...parameters }));
    const { password } = city.node.account(login);
    return { ...begun, end: await begun.browser.press(begun.page, 'sign-in', { login, password }) };
  }

  const recorded = (filter: object) =>
    city.node.storage.database.collection('auditRecords').countDocuments(filter);

  async function personSignsIn(client: string, login: string) {
    const begun = await begin(client, { scope: ALL, acting_as: 'self' });
    const end = await begun.browser.walk(begun.page, city.node.account(login));
    return { ...begun, end };
  }

  async function lock(login: string): Promise<void> {
    const { storage } = city.node;
    const deps = { accounts: city.domain.accounts, holdings: commandHoldings(storage, 'operator') };
    const by = { actor: 'operator', reason: 'test' };
    await lockAccount({ ...deps, clock: storage.clock }, city.node.account(login).id, by);
  }

  /** By a certificate whose revocation stands in a list of its own. */
  async function certificateHeld(): Promise<{ held: Held; serial: string }> {
    const { browser, pending, page } = await certificatePage('registry');
    const text = /<textarea id="text"[^>]*>([^<]+)</u.exec(page.body)?.[1] ?? '';
    const issued = await credentials.authority.issue({ crlUrl: list.url, ...library });
    const signature = signDetached(text, issued);
    const end = await browser.press(page, 'send-signature', { signature });
    const held = await heldAfter({ browser, pending, page, end });
    return { held, serial: issued.serial };
  }

  return {
    city,
    credentials: () => credentials,
    begin,
    follow,
    organisationTab,
    licenceShown,
    present,
    byLicence,
    signed,
    certificatePage,
    heldAfter,
    byPassword,
    certificateHeld,
    recorded,
    personSignsIn,
    lock,
  };
}
