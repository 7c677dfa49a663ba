// A choice that meets the lock of the organisation, on real stores and in one certain order.
import { beforeAll, expect, it } from 'vitest';
import { importCityAccounts } from '../../../test/support/city-accounts.ts';
import type { CityAccount } from '../../../test/support/city-accounts.ts';
import { identityStores } from '../../../test/support/identity-stores.ts';
import { AccountStore } from '../../accounts/account-store.ts';
import { openActingEnding } from '../../app/acting-ending.ts';
import { openSessionEnding } from '../../app/session-ending.ts';
import { mandateHooks } from '../../app/mandate-hooks.ts';
import { commandAccounts } from '../../app/standing.ts';
import { ServiceCatalogue } from '../../clients/service-catalogue.ts';
import { MandateStore } from '../../mandates/mandate-store.ts';
import { LogoutOutboxStore } from '../../sessions/logout-outbox-store.ts';
import type { SessionState } from '../../sessions/session-codec.ts';
import { SessionStore } from '../../sessions/session-store.ts';
import { ActingGrantStore } from '../storage/acting-grant-store.ts';
import { GrantStore } from '../storage/grant-store.ts';
import { bindDevice, switchIdentity } from './switch-identity.ts';

const stores = identityStores();
let person: CityAccount;
let company: CityAccount;

beforeAll(async () => {
  const { accounts } = commandAccounts(stores);
  const made = await importCityAccounts(stores, accounts, [
    { login: 'person' },
    { login: 'company', kind: 'legalEntity', name: '演示公司' },
  ]);
  [person, company] = made as [CityAccount, CityAccount];
});

/** Tells when one is held for the second time, because the first try has met another transaction. */
class WatchedMandates extends MandateStore {
  onSecondTry = () => {};
  #tries = 0;

  override async hold(...of: Parameters<MandateStore['hold']>): Promise<boolean> {
    this.#tries += 1;
    if (this.#tries === 2) this.onSecondTry();
    return super.hold(...of);
  }
}

const PLACE = {
  clientId: 'hall',
  client: { subjects: ['legalEntity'] },
  params: {},
  address: '192.0.2.7',
};

function switching(accounts: AccountStore, mandates: MandateStore) {
  return {
    ...stores,
    ...openSessionEnding(stores),
    accounts,
    mandates,
    services: new ServiceCatalogue([]),
    sessions: new SessionStore(stores),
    outbox: new LogoutOutboxStore(stores),
    grants: new GrantStore(stores),
    actingEnding: openActingEnding(stores),
  };
}

it('says who became whom, at which system, and for whom he was there before', async () => {
  const { accounts, mandated } = commandAccounts(stores);
  const deps = switching(accounts, mandated.mandates);
  const facts = { entityId: company.id, holderId: person.id, grantedBy: 'register' };
  const mandate = await stores.database.transaction((session) =>
    mandated.mandates.grant({ ...facts, role: 'handler' }, session),
  );
  const mandateIds = [mandate?.id ?? ''];
  const of = { ...PLACE, accountId: person.id, uid: 'session' };
  const exp = Math.floor(stores.clock.now().getTime() / 1000) + 3600;
  const session = { uid: of.uid, accountId: person.id, exp, iat: exp, authorizations: {} };
  await deps.sessions.create('cookie', session as unknown as SessionState, {
    userAgent: '',
    address: '',
  });
  const reference = { personId: person.id, entityId: company.id, mandateIds };
  for (const choice of [{ choiceId: 'company', reference }, { choiceId: 'self' }]) {
    expect(await switchIdentity(deps, { ...of, choice })).toMatchObject({ ok: true });
  }
  const at = { actor: person.id, subject: company.id, clientId: 'hall', address: PLACE.address };
  const records = stores.database.collection('auditRecords');
  const found = await records
    .find({ type: /^oidc\.identity_/u })
    .sort({ at: 1 })
    .toArray();
  expect(found).toMatchObject([
    {
      type: 'oidc.identity_chosen',
      ...at,
      reason: 'legal_entity',
      details: { mandate: mandateIds[0] },
    },
    { type: 'oidc.identity_switched', ...at, reason: 'self', details: { left: company.id } },
  ]);
  await stores.database.transaction((session) =>
    mandated.mandates.end(mandateIds[0] ?? '', 'removed', session),
  );
});

it('leaves no grant behind that would count again when the organisation is opened', async () => {
  const real = commandAccounts(stores);
  const mandates = new WatchedMandates({ ...stores, onEvents: mandateHooks(stores).onEvents });
  const facts = { entityId: company.id, holderId: person.id, grantedBy: 'register' };
  const mandate = await stores.database.transaction((session) =>
    mandates.grant({ ...facts, role: 'administrator' }, session),
  );
  const mandateIds = [mandate?.id ?? ''];
  // The lock has looked for grants, and commits only when the choice is through or waits for it.
  let goOn = () => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  mandates.onSecondTry = goOn;
  let isLooked = () => {};
  const looked = new Promise<void>((resolve) => (isLooked = resolve));
  const accounts = new AccountStore({
    ...stores,
    async onStandingLost(...of) {
      await real.onStandingLost(...of);
      isLooked();
      await held;
    },
  });
  const locking = accounts.lock(company.id, { actor: 'operator' });
  await looked;
  const deps = switching(accounts, mandates);
  const reference = { personId: person.id, entityId: company.id, mandateIds };
  const choosing = bindDevice(deps, {
    accountId: person.id,
    ...PLACE,
    choice: { choiceId: 'choice', reference },
    grantId: 'grant',
  }).finally(goOn);
  expect([(await locking).ok, await choosing]).toEqual([true, 'entity_unavailable']);
  await accounts.unlock(company.id, { actor: 'operator' });
  expect(await new ActingGrantStore(stores).actingUpon(mandateIds)).toEqual([]);
});
