// Closing an account over HTTP and by its background work: who may ask, what ends at once, the ways
// back, what is left at the end, and that of two who decide at once exactly one does.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventTypes } from '../../test/support/account-visitor.ts';
import { importCityAccounts, TOTP_SECRET } from '../../test/support/city-accounts.ts';
import type { CityAccount, CityPerson } from '../../test/support/city-accounts.ts';
import { CityBrowser, pageName, readForm } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import { testDatabase } from '../../test/support/database.ts';
import { LogoutReceiver } from '../../test/support/logout-receiver.ts';
import { startMessageGateway } from '../../test/support/message-gateway.ts';
import type { MessageGateway } from '../../test/support/message-gateway.ts';
import { TokenClient } from '../../test/support/token-client.ts';
import { AccountClosings } from '../accounts/account-closing-store.ts';
import { draftAccount } from '../accounts/account-draft.ts';
import { AgreementStore } from '../agreements/agreement-store.ts';
import { commandHoldings } from '../app/command-holdings.ts';
import { createLogger } from '../platform/logger.ts';
import { EvidenceStore } from '../verification/evidence-store.ts';
import { cancelClosing, settleClosings } from './close-account.ts';
import type { CloseAccountDependencies } from './close-account.ts';
import { ClosedAccountStore } from './closed-account-store.ts';

const { uri } = testDatabase();
const DAY_MS = 86_400_000;
const receiver = new LogoutReceiver();
let city: CityNode;
let gateway: MessageGateway;
let tokens: TokenClient;
let serial = 0;

beforeAll(async () => {
  gateway = await startMessageGateway();
  await receiver.start();
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    clients: [
      { client_id: 'portal', backchannel_logout_uri: receiver.uriOf('portal') },
      { client_id: 'archive', scope: 'openid profile offline_access' },
    ],
  });
  receiver.trust(city.issuer);
  tokens = new TokenClient(city.issuer);
});
afterAll(async () => {
  await city.stop();
  await gateway.stop();
  await receiver.stop();
});

async function person(options: Partial<CityPerson> = {}): Promise<CityAccount & { phone: string }> {
  serial += 1;
  const phone = `+861390000${String(7000 + serial)}`;
  const people = [{ login: `closing-${serial}`, fields: { phone }, ...options }];
  const [account] = await importCityAccounts(city.storage, city.accountStore, people);
  if (!account) throw new Error('nobody was imported');
  return { ...account, phone };
}

/** As one more process would do it, so many days from now. */
function process(
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

async function visitCentre(account: CityAccount): Promise<CityBrowser> {
  const browser = new CityBrowser(city.issuer);
  await browser.walk(await browser.open('/account'), account);
  return browser;
}

async function askToClose(account: CityAccount) {
  const browser = await visitCentre(account);
  const page = await browser.open('/account/privacy/close');
  const begun = await browser.press(page, 'close-account', { sure: 'yes' });
  return { browser, begun };
}

async function linkFor(phone: string): Promise<string> {
  const found = () =>
    gateway.received.flatMap(({ to, text }) =>
      to === phone ? (/https?:\S+code=[\w-]{43}/u.exec(text)?.[0] ?? []) : [],
    );
  await expect.poll(() => found().length).toBeGreaterThan(0);
  return found().at(-1) ?? '';
}

async function stateOf(id: string) {
  const account = await city.accountStore.findById(id);
  return account && [account.state, account.closing?.stage];
}

/** Collections that mention an account. */
async function mentions(id: string): Promise<string[]> {
  const { database } = city.storage;
  const names = (await database.db.listCollections({}, { nameOnly: true }).toArray()).map(
    ({ name }) => name,
  );
  const found = await Promise.all(
    names.map(async (name) => {
      const documents = await database.db.collection(name).find().toArray();
      return documents.some((document) => JSON.stringify(document).includes(id)) ? [name] : [];
    }),
  );
  return found.flat().toSorted((a, b) => a.localeCompare(b));
}

describe('asking for the end of an account', () => {
  it('is refused kindly to staff and organisations, who are told what to do', async () => {
    for (const kind of ['civilServant', 'legalEntity'] as const) {
      const account = await person({
        kind,
        level: kind === 'legalEntity' ? 3 : 1,
        totpSecret: TOTP_SECRET,
      });
      const browser = await visitCentre(account);
      const page = await browser.open('/account/privacy/close');
      const shown = await browser.walk(page, account);
      expect([kind, pageName(shown)]).toEqual([kind, 'privacy-close']);
      expect(shown.body).toContain('现在还不能注销');
      expect(shown.body).not.toContain('id="close-account"');
      const { fields } = readForm(shown, 'sign-out');
      const url = `${city.issuer}/account/privacy/close/request`;
      const answer = await browser.visitor.submit(url, {
        _csrf: fields['_csrf'] ?? '',
        sure: 'yes',
      });
      expect(answer.headers.get('location')).toBe('/account/privacy/close');
      expect(await stateOf(account.id)).toEqual(['active', undefined]);
    }
  });

  it('needs a tick, a fresh sign-in and the second factor of an account that has one', async () => {
    const guarded = await person({ totpSecret: TOTP_SECRET });
    const browser = await visitCentre(guarded);
    const proof = await browser.open('/account/privacy/close');
    expect(pageName(proof)).toBe('second-factor');
    const { fields } = readForm(await browser.open('/account'), 'sign-out');
    const url = `${city.issuer}/account/privacy/close/request`;
    const sent = { _csrf: fields['_csrf'] ?? '', sure: 'yes' };
    const early = await browser.visitor.submit(url, sent);
    expect(early.headers.get('location')).toBe('/account/privacy/close');
    const page = await browser.walk(proof, guarded);
    const unsure = await browser.press(page, 'close-account');
    expect([unsure.status, pageName(unsure)]).toEqual([422, 'privacy-close']);
    expect(await stateOf(guarded.id)).toEqual(['active', undefined]);
  });

  it('ends all that is open, tells every contact and every system, and nothing opens again', async () => {
    const account = await person();
    const browser = new CityBrowser(city.issuer);
    const portal = await tokens.redeem(await browser.signIn(city.client('portal'), account));
    const scope = 'openid offline_access';
    const archive = await tokens.redeem(
      await browser.authorize(city.client('archive'), account, { scope, prompt: 'consent' }),
    );
    const told = receiver.of('portal').length;
    const { begun } = await askToClose(account);
    expect([begun.status, pageName(begun)]).toEqual([200, 'privacy-closing-begun']);
    expect(await stateOf(account.id)).toEqual(['active', 'waiting']);
    await receiver.until(() => receiver.of('portal').length > told);
    const refreshed = await Promise.all([
      tokens.refresh(city.client('portal'), String(portal.body.refresh_token)),
      tokens.refresh(city.client('archive'), String(archive.body.refresh_token)),
    ]);
    expect(refreshed.map(({ status }) => status)).toEqual([400, 400]);
    await linkFor(account.phone);
    await expect.poll(() => gateway.countOf(`${account.login}@example.com`, '申请注销')).toBe(1);

    const again = new CityBrowser(city.issuer);
    const { visit } = await again.request(city.client('portal'));
    const page = await again.walk(visit, account);
    expect(pageName(page)).toBe('privacy-closing-sign-in');
    const left = await again.press(page, 'cancel');
    expect(left.headers.get('location')).toContain('error=access_denied');
    expect(await stateOf(account.id)).toEqual(['active', 'waiting']);
  });

  it('is completed when the process that took it was killed half-way', async () => {
    const account = await person();
    const browser = new CityBrowser(city.issuer);
    const { body } = await tokens.redeem(await browser.signIn(city.client('portal'), account));
    const dueAt = new Date(city.clock.now().getTime() + 7 * DAY_MS);
    const begun = await process().closings.begin(
      account.id,
      { dueAt, cancelToken: 'x', forbids: () => Promise.resolve(false) },
      { actor: account.id },
    );
    expect(begun).toEqual({ ok: true });
    expect(await stateOf(account.id)).toEqual(['active', 'begun']);
    await settleClosings(process());
    expect(await stateOf(account.id)).toEqual(['active', 'waiting']);
    const refreshed = await tokens.refresh(city.client('portal'), String(body.refresh_token));
    expect(refreshed.status).toBe(400);
  });
});

describe('the way back', () => {
  it('leads through a sign-in', async () => {
    const account = await person();
    await askToClose(account);
    const browser = new CityBrowser(city.issuer);
    const { pending, visit } = await browser.request(city.client('portal'));
    const page = await browser.walk(visit, account);
    const answer = browser.finish(pending, await browser.press(page, 'keep-account'));
    expect((await tokens.redeem(answer)).status).toBe(200);
    expect(await stateOf(account.id)).toEqual(['active', undefined]);
    expect(await eventTypes(city, account.id)).toEqual(
      expect.arrayContaining(['privacy.closing_requested', 'privacy.closing_cancelled']),
    );
  });

  it('leads through the link of the notice, once, and tells nothing of any other', async () => {
    const account = await person();
    await askToClose(account);
    const link = await linkFor(account.phone);
    const stranger = new CityBrowser(city.issuer);
    for (const other of [link.slice(0, -2), link.replace(/code=.{4}/u, 'code=AAAA')]) {
      const page = await stranger.open(other);
      expect([page.status, pageName(page)]).toEqual([410, 'privacy-closing-cancel']);
    }
    const page = await stranger.open(link);
    expect(page.body).not.toContain(account.login);
    const both = await Promise.all([
      stranger.press(page, 'keep-account'),
      stranger.press(page, 'keep-account'),
    ]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 410]);
    expect(await stateOf(account.id)).toEqual(['active', undefined]);
    expect((await stranger.open(link)).status).toBe(410);
    await expect.poll(() => gateway.countOf(account.phone, '可照常使用')).toBe(1);
  });
});

describe('the end', () => {
  it('does not come early, nor to an account that was locked meanwhile or may not be closed', async () => {
    const [early, locked, bound] = [await person(), await person(), await person()];
    for (const account of [early, locked, bound]) await askToClose(account);
    await city.accountStore.lock(locked.id, { actor: 'operator' });
    const guards: CloseAccountDependencies['guards'] = [
      ({ id }) => Promise.resolve(id === bound.id ? ('review_case' as const) : undefined),
    ];
    await settleClosings(process({ guards, inDays: 6.9 }));
    expect(await stateOf(early.id)).toEqual(['active', 'waiting']);
    const by = { actor: early.id, address: '::1' };
    expect(await cancelClosing(process(), early.id, by)).toBe(true);
    await settleClosings(process({ guards, inDays: 8 }));
    expect(await stateOf(early.id)).toEqual(['active', undefined]);
    expect(await stateOf(locked.id)).toEqual(['locked', undefined]);
    expect(await stateOf(bound.id)).toEqual(['active', undefined]);
  });

  it('leaves a stub and what the law keeps, sealed, and frees number, phone and name', async () => {
    const account = await person({ name: '欧阳无双' });
    const before = await city.accountStore.findById(account.id);
    await tokens.redeem(await new CityBrowser(city.issuer).signIn(city.client('portal'), account));
    const { browser } = await askToClose(account);
    const over = { inDays: 8 };
    const workers = await Promise.all([
      settleClosings(process(over)),
      settleClosings(process(over)),
    ]);
    expect(workers.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    expect(await stateOf(account.id)).toEqual(['closed', undefined]);
    expect(await mentions(account.id)).toEqual(
      expect.arrayContaining(['accounts', 'auditRecords', 'closedAccounts']),
    );
    const left = await mentions(account.id);
    const allowed = ['accounts', 'accountEndings', 'auditRecords', 'closedAccounts'];
    expect(left.filter((name) => !allowed.includes(name))).toEqual([]);
    const document = await city.storage.database
      .collection<{ _id: string }>('accounts')
      .findOne({ _id: account.id });
    expect(Object.keys(document ?? {}).toSorted((a, b) => a.localeCompare(b))).toEqual([
      '_id',
      'attributes',
      'createdAt',
      'erasedAt',
      'indexKeys',
      'kind',
      'realNameLevel',
      'revision',
      'schemaVersion',
      'state',
      'updatedAt',
    ]);
    expect(document).toMatchObject({ attributes: {}, state: 'closed', realNameLevel: 0 });
    const kept = await new ClosedAccountStore(city.storage).find(account.id);
    expect(kept?.kept).toMatchObject({ name: '欧阳无双', realNameLevel: 3 });
    expect(kept?.kept.certificate).toEqual(before?.certificate);
    const keptMs = (kept?.keptUntil.getTime() ?? 0) - (kept?.closedAt.getTime() ?? 0);
    expect(keptMs / DAY_MS).toBe(1095);
    const events = await eventTypes(city, account.id);
    expect(events.filter((type) => type === 'accounts.erased')).toHaveLength(1);

    const page = await browser.walk(await browser.open('/account'), account);
    expect([page.status, pageName(page)]).toEqual([422, 'sign-in']);
    const draft = draftAccount(
      {
        kind: 'naturalPerson',
        login: account.login,
        name: '欧阳无双',
        phone: account.phone,
        certificateType: '111',
        certificateNumber: before?.certificate?.number ?? '',
        realNameLevel: 3,
      },
      { source: 'test', grade: 'A', areContactsConfirmed: true, now: city.clock.now() },
    );
    if (!draft.ok) throw new Error(JSON.stringify(draft.problems));
    const again = await city.accountStore.insert(draft.draft, { actor: 'operator' });
    expect(again).toMatchObject({ ok: true });
    expect(again.ok && again.account.id).not.toBe(account.id);
  });

  it('happens or is taken back, never both, when the two meet', async () => {
    for (let round = 0; round < 4; round += 1) {
      const account = await person();
      await askToClose(account);
      const deps = process({ inDays: 8 });
      const [, isCancelled] = await Promise.all([
        settleClosings(deps),
        cancelClosing(deps, account.id, { actor: account.id, address: '::1' }),
        settleClosings(process({ inDays: 8 })),
      ]);
      await settleClosings(deps);
      expect(await stateOf(account.id)).toEqual([isCancelled ? 'active' : 'closed', undefined]);
      const events = await eventTypes(city, account.id);
      expect(events.includes('accounts.erased')).toBe(!isCancelled);
      expect(events.includes('privacy.closing_cancelled')).toBe(isCancelled);
    }
  });

  it('goes on where a process was killed between locking and erasing', async () => {
    const account = await person();
    await askToClose(account);
    const holdings = commandHoldings(city.storage, 'system');
    const killed = { ...holdings, erase: () => Promise.reject(new Error('killed here')) };
    expect(await settleClosings(process({ holdings: killed, inDays: 8 }))).toBe(0);
    expect(await stateOf(account.id)).toEqual(['locked', 'ending']);
    expect(await cancelClosing(process(), account.id, { actor: 'anonymous', address: '::1' })).toBe(
      false,
    );
    expect(await new ClosedAccountStore(city.storage).find(account.id)).toBeUndefined();
    expect(await settleClosings(process({ inDays: 8 }))).toBe(1);
    expect(await stateOf(account.id)).toEqual(['closed', undefined]);
  });
});
