// How far an organisation's own sign-in reaches: devices, requests for another organisation, the account
// centre; and what ends with the account itself.
import { beforeAll, describe, expect, test } from 'vitest';
import { accountPaths } from '../../src/account/account-paths.ts';
import { closeAccount } from '../../src/accounts/operate-account.ts';
import { openSessionEnding } from '../../src/app/session-ending.ts';
import { commandHoldings } from '../../src/app/command-holdings.ts';
import { TotpStore } from '../../src/credentials/totp-store.ts';
import { endStaleSignIns } from '../../src/entity-sign-in/end-sign-ins.ts';
import { EntitySignInStore } from '../../src/entity-sign-in/entity-sign-in-store.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { choose, DEAD, offered, usccOf } from '../support/acting-city.ts';
import type { Held } from '../support/acting-city.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, otpOf, pageName, readForm } from '../support/city-browser.ts';
import { Devices, endOf } from '../support/devices.ts';
import type { Asked } from '../support/devices.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import {
  ALL,
  asWang,
  errorOf,
  housework,
  library,
  organisationCity,
} from '../support/organisation-city.ts';

const own = organisationCity(migratedDatabase().uri);
const { city, begin, organisationTab, licenceShown, present, byLicence, heldAfter, byPassword } =
  own;
let devices: Devices;

beforeAll(() => {
  devices = new Devices(city.node);
});

/** What a device that was approved has. */
async function held(asked: Asked): Promise<Held> {
  const { status, body } = await devices.poll(asked);
  expect(status).toBe(200);
  const { payload } = await city.tokens.verify(String(body.id_token), asked.clientId);
  return {
    clientId: asked.clientId,
    accessToken: String(body.access_token),
    refreshToken: String(body.refresh_token),
    idToken: payload,
  };
}

async function atDevice(): Promise<{ asked: Asked; browser: CityBrowser; url: string }> {
  const asked = await devices.ask('kiosk', { scope: ALL });
  const browser = new CityBrowser(city.node.issuer);
  const { url } = await browser.press(
    await devices.type(browser, asked.userCode),
    'device-approve',
  );
  return { asked, browser, url };
}

describe('a device', () => {
  test('that an organisation approves is its own: who, by whom, and over with his power', async () => {
    const [holder, entity] = [city.node.account('wangyanshi'), city.node.account('library')];
    const mandate = await city.domain.appoint(holder, entity, { role: 'legalRepresentative' });
    const { asked, browser, url } = await atDevice();
    const page = await browser.open(`${new URL(url).pathname}?kind=legalEntity`);
    const shown = await licenceShown({ ...(await begin('registry')), browser, page });
    await present(shown, asWang);
    expect(endOf(await browser.press(shown, 'check-licence'))).toBe('approved');
    const device = await held(asked);
    expect(device.idToken).toMatchObject({
      subject_type: 'legal_entity',
      acr: 'urn:hutong:level:3',
      amr: ['e_licence', 'mfa'],
      acting_as: { uscc: library.uscc, name: library.name },
      operator: { name: '王演示', source: 'licence' },
    });
    expect(device.idToken).not.toHaveProperty('acting_as.role');
    const refreshed = await city.refresh(device);
    expect(refreshed.idToken['operator']).toEqual(device.idToken['operator']);
    await city.domain.end(mandate, 'representative_changed');
    const isActive = async () =>
      (await city.tokens.introspect(city.node.client('kiosk'), refreshed.accessToken)).body[
        'active'
      ];
    await expect.poll(isActive).toBe(false);
    expect(await city.stateOf(refreshed)).toEqual(DEAD);
    const came = { type: 'sign_in.succeeded', actor: entity.id, reason: 'e_licence' };
    expect(await own.recorded({ ...came, clientId: 'kiosk', result: 'done' })).toBe(1);
    const ended = { type: 'entities.sign_in_ended', actor: 'system', subject: entity.id };
    const why = { reason: 'power_ended', 'details.means': 'licence' };
    expect(await own.recorded({ ...ended, ...why })).toBe(1);
  });

  test('that somebody approves for an organisation ends with his mandate', async () => {
    const mandate = await city.appoint('sunli', 2);
    const { asked, browser, url } = await atDevice();
    const page = await browser.open(url);
    const choice = await browser.walkTo('choose-identity', page, city.node.account('sunli'));
    expect(offered(choice)).toContain(mandate.id);
    expect(endOf(await choose(browser, choice, mandate.id))).toBe('approved');
    const device = await held(asked);
    expect(device.idToken).toMatchObject({
      subject_type: 'natural_person',
      acting_as: { role: 'administrator', mandate_id: expect.any(String) },
    });
    expect(await city.actingEverywhere(device)).toBe(usccOf(2));
    expect(await city.stateOf(await city.refresh(device))).toEqual([200, true, 200]);
    await city.domain.end(mandate, 'removed');
    expect(await city.stateOf(device)).toEqual(DEAD);
  });
});

describe('a certificate', () => {
  test('that names its holder names the operator, but no account of his', async () => {
    const shown = await own.certificatePage('registry');
    const holder = { surname: '王', givenName: '演示' };
    const signature = await own.signed(shown.page, library, { holder });
    const end = await shown.browser.press(shown.page, 'send-signature', { signature });
    const { idToken } = await heldAfter({ ...shown, end });
    const operator = { type: 'natural_person', name: '王演示', source: 'certificate' };
    expect(idToken['operator']).toEqual(operator);
    // Of another holder it is another session, though the organisation is the same.
    const again = await begin('registry', { prompt: 'login', scope: ALL }, shown.browser);
    const { page } = await organisationTab(again);
    const next = await own.follow({ ...again, page }, 'by-certificate');
    const byOther = await own.signed(next, library, {
      holder: { surname: 'Smith', givenName: 'Ann' },
    });
    const other = await shown.browser.press(next, 'send-signature', { signature: byOther });
    const held = await heldAfter({ ...again, end: other });
    expect(held.idToken['operator']).toEqual({ ...operator, name: 'Ann Smith' });
    expect(held.idToken['sid']).not.toBe(idToken['sid']);
  });
});

describe('a request for another organisation', () => {
  test('is not answered by the one that is signed in, which reads why', async () => {
    const { browser, ...signedIn } = await byLicence('registry');
    const first = await heldAfter({ browser, ...signedIn });
    const other = { uscc_hint: housework.uscc, scope: ALL };
    const silent = await begin('registry', { ...other, prompt: 'none' }, browser);
    expect(errorOf(silent, silent.page)).toBe('access_denied');
    const asked = await begin('registry', other, browser);
    expect(pageName(asked.page)).toBe('no-identity');
    expect(asked.page.body).toContain('与您现在登录的单位不是同一家');
    expect(errorOf(asked, await browser.press(asked.page, 'cancel'))).toBe('access_denied');
    // Nothing of the session ended by it, and its own number is no obstacle.
    expect(await city.stateOf(first)).toEqual([200, true, 200]);
    const same = { uscc_hint: library.uscc.toLowerCase(), scope: ALL };
    const fitting = await begin('registry', same, browser);
    const again = await heldAfter({ ...fitting, end: fitting.page });
    expect(again.idToken['sub']).toBe(first.idToken['sub']);
    const elsewhere = await organisationTab(await begin('registry', other));
    const wrong = await byLicence('registry', asWang, elsewhere);
    expect(pageName(wrong.end)).toBe('no-identity');
  });
});

describe('at the account centre', () => {
  /** By licence, up to the security page. */
  async function atSecurity() {
    const begun = await begin('registry');
    const browser = new CityBrowser(city.node.issuer);
    const entry = await browser.open(accountPaths.security);
    const page = await browser.open(`${new URL(entry.url).pathname}?kind=legalEntity`);
    const shown = await licenceShown({ ...begun, browser, page });
    await present(shown, asWang);
    return { browser, security: await browser.press(shown, 'check-licence') };
  }

  async function ownAuthenticator(accountId: string): Promise<void> {
    const { database, keyring } = city.node.storage;
    const active = { id: 'own', secret: TOTP_SECRET, enrolledAt: new Date() };
    const totp = new TotpStore({ database, keyring });
    await database.transaction((session) => totp.putActive(accountId, active, session));
  }

  test('the licence takes the place of nothing that the organisation itself has set up', async () => {
    const { id } = city.node.account('library');
    await ownAuthenticator(id);
    const { browser, security } = await atSecurity();
    const _csrf = /name="_csrf" value="([^"]+)"/u.exec(security.body)?.[1] ?? '';
    const { issuer } = city.node;
    const { removeTotp, export: copy, readExport, downloadExport, close } = accountPaths;
    const unproven = await browser.visitor.submit(new URL(removeTotp, issuer), { _csrf });
    expect([unproven.status, pageName(unproven)]).toEqual([422, 'account-totp-remove']);
    for (const path of [copy, readExport, close]) {
      expect([path, pageName(await browser.open(path))]).toEqual([path, 'second-factor']);
    }
    for (const path of [downloadExport, accountPaths.requestClosing]) {
      const sent = await browser.visitor.submit(new URL(path, issuer), { _csrf, sure: 'yes' });
      const page = path.replace(/\/[^/]+$/u, '');
      expect([path, sent.headers.get('location')]).toEqual([path, page]);
    }
    const account = { ...city.node.account('library'), totpSecret: TOTP_SECRET };
    const otp = await otpOf(account, city.node.clock.now());
    const shown = await browser.press(await browser.open(copy), 'verify', { otp });
    expect(pageName(shown)).toBe('privacy-export');
    expect((await browser.press(shown, 'download-export')).status).toBe(200);
    // What was proven opens the copy, and still leaves nothing behind.
    expect(new URL((await browser.open(accountPaths.passkeys)).url).pathname).toBe(
      accountPaths.security,
    );
    await city.node.storage.database
      .collection<{ _id: string }>('totpCredentials')
      .deleteOne({ _id: id });
    const { browser: plain } = await atSecurity();
    expect(pageName(await plain.open(copy))).toBe('privacy-export');
  });

  test('an organisation signed in by licence leaves nothing behind that would open its account', async () => {
    const { browser, security } = await atSecurity();
    expect([security.status, new URL(security.url).pathname]).toEqual([200, accountPaths.security]);
    const { totp, passkeys, addPasskey, changePhone, changeMail } = accountPaths;
    for (const path of [totp, passkeys, changePhone, changeMail]) {
      expect(security.body).not.toContain(`href="${path}"`);
      const answer = await browser.open(path);
      expect([path, new URL(answer.url).pathname]).not.toEqual([path, path]);
    }
    const _csrf = /name="_csrf" value="([^"]+)"/u.exec(security.body)?.[1] ?? '';
    for (const path of [addPasskey, changePhone, totp]) {
      const sent = await browser.visitor.submit(new URL(path, city.node.issuer), {
        _csrf,
        phone: '13800138000',
      });
      expect([path, sent.status]).not.toEqual([path, 200]);
    }
    const stored = await Promise.all(
      ['passkeyCredentials', 'totpCredentials'].map((name) =>
        city.node.storage.database
          .collection(name)
          .countDocuments({ accountId: city.node.account('library').id }),
      ),
    );
    expect(stored).toEqual([0, 0]);
  });
});

describe('what it has open ends', () => {
  const deps = () => ({
    accounts: city.domain.accounts,
    holdings: commandHoldings(city.node.storage, 'operator'),
    clock: city.node.storage.clock,
  });

  test('when its account is closed', async () => {
    const before = await heldAfter(await byPassword('registry', 'company-3'));
    expect(await city.stateOf(before)).toEqual([200, true, 200]);
    const by = { actor: 'operator', reason: 'test' };
    await closeAccount(deps(), city.company(3).id, by);
    expect(await city.stateOf(before)).toEqual(DEAD);
    expect(pageName((await byPassword('registry', 'company-3')).end)).toBe('sign-in');
  });

  test('when the account of who held its licence is locked, with the lock itself', async () => {
    const [holder, entity] = [city.node.account('wangyanshi'), city.node.account('library')];
    const mandate = await city.domain.appoint(holder, entity, { role: 'legalRepresentative' });
    const held = await heldAfter(await byLicence('registry'));
    await city.domain.accounts.lock(holder.id, { actor: 'operator' });
    expect(await city.stateOf(held)).toEqual(DEAD);
    await city.domain.accounts.unlock(holder.id, { actor: 'operator' });
    await city.domain.end(mandate, 'removed');
  });

  test('also when its browser comes back in the middle of the end', async () => {
    const { browser, page } = await own.certificatePage('registry');
    const { action, fields } = readForm(page, 'send-signature');
    const signature = await own.signed(page, library);
    const wayBack = nextAddress(await browser.visitor.submit(action, { ...fields, signature }));
    const { storage } = city.node;
    const clock = { now: () => new Date(Date.now() + 60_000) };
    const { ending } = openSessionEnding(storage);
    let answer = '';
    await endStaleSignIns({
      ...storage,
      clock,
      signIns: new EntitySignInStore({ ...storage, clock }),
      certificates: { isRevoked: () => Promise.resolve(true) },
      mandates: city.domain.mandates,
      accounts: city.domain.accounts,
      ending: {
        async endAllOfAccount(...of) {
          await ending.endAllOfAccount(...of);
          const after = await browser.visitor.visit(wayBack ?? '', ({ pathname }) =>
            pathname.startsWith('/callback'),
          );
          answer ||= pageName(after) ?? after.url;
        },
      },
      logger: createLogger({ level: 'silent', service: 'test' }),
    });
    // The city's own round may take part in the end, and then the way back is over as well.
    expect(['sign-in', 'interaction-expired']).toContain(answer);
  });
});
