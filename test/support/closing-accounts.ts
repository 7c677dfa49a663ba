// A city with people who close their accounts, and the background work that carries it out, as one
// more process would do it.
import { expect } from 'vitest';
import { AccountClosings } from '../../src/accounts/account-closing-store.ts';
import { AgreementStore } from '../../src/agreements/agreement-store.ts';
import { commandHoldings } from '../../src/app/command-holdings.ts';
import { createLogger } from '../../src/platform/logger.ts';
import type { CloseAccountDependencies } from '../../src/privacy/close-account.ts';
import { ClosedAccountStore } from '../../src/privacy/closed-account-store.ts';
import { EvidenceStore } from '../../src/verification/evidence-store.ts';
import { importCityAccounts } from './city-accounts.ts';
import type { CityAccount, CityPerson } from './city-accounts.ts';
import { CityBrowser } from './city-browser.ts';
import type { CityNode } from './city-node.ts';
import type { MessageGateway } from './message-gateway.ts';

export const DAY_MS = 86_400_000;

let serial = 0;

export async function closingPerson(
  city: CityNode,
  options: Partial<CityPerson> = {},
): Promise<CityAccount & { phone: string }> {
  serial += 1;
  const phone = `+861390000${String(7000 + serial)}`;
  const people = [{ login: `closing-${serial}`, fields: { phone }, ...options }];
  const [account] = await importCityAccounts(city.storage, city.accountStore, people);
  if (!account) throw new Error('nobody was imported');
  return { ...account, phone };
}

/** So many days from now. */
export function closingProcess(
  city: CityNode,
  change: Partial<CloseAccountDependencies> & { inDays?: number } = {},
): CloseAccountDependencies {
  const at = city.clock.now().getTime() + (change.inDays ?? 0) * DAY_MS;
  const storage = { ...city.storage, clock: { now: () => new Date(at) } };
  const silent = () => Promise.resolve(() => undefined);
  return {
    ...storage,
    issuer: city.issuer,
    closings: new AccountClosings(storage),
    closedAccounts: new ClosedAccountStore(storage),
    guards: [],
    holdings: commandHoldings(storage, 'system'),
    evidence: new EvidenceStore(storage),
    agreements: new AgreementStore(storage),
    notices: {
      closingRequested: silent,
      closingCancelled: silent,
      closingStopped: silent,
      accountClosed: silent,
    },
    settings: { closingDays: 7, closedKeptDays: 1095 },
    logger: createLogger({ level: 'silent', service: 'test' }),
    ...change,
  };
}

export async function visitCentre(city: CityNode, account: CityAccount): Promise<CityBrowser> {
  const browser = new CityBrowser(city.issuer);
  await browser.walk(await browser.open('/account'), account);
  return browser;
}

export async function askToClose(city: CityNode, account: CityAccount) {
  const browser = await visitCentre(city, account);
  const page = await browser.open('/account/privacy/close');
  const begun = await browser.press(page, 'close-account', { sure: 'yes' });
  return { browser, begun };
}

/** The way back in the notice that reached this number. */
export async function cancelLinkFor(gateway: MessageGateway, phone: string): Promise<string> {
  const found = () =>
    gateway.received.flatMap(({ to, text }) =>
      to === phone ? (/https?:\S+closing\/cancel\/[\w-]{43}/u.exec(text)?.[0] ?? []) : [],
    );
  await expect.poll(() => found().length).toBeGreaterThan(0);
  return found().at(-1) ?? '';
}

export async function closingStateOf(city: CityNode, id: string) {
  const account = await city.accountStore.findById(id);
  return account && [account.state, account.closing?.stage];
}
