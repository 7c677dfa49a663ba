// Closing an account over HTTP and by its background work: who may ask, what ends at once, and the
// ways back. What is left at the end: closing-end.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventTypes } from '../../test/support/account-visitor.ts';
import { TOTP_SECRET } from '../../test/support/city-accounts.ts';
import { CityBrowser, pageName, readForm } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import {
  askToClose,
  cancelLinkFor,
  closingPerson,
  closingProcess,
  closingStateOf,
  DAY_MS,
  visitCentre,
} from '../../test/support/closing-accounts.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { LogoutReceiver } from '../../test/support/logout-receiver.ts';
import { startMessageGateway } from '../../test/support/message-gateway.ts';
import type { MessageGateway } from '../../test/support/message-gateway.ts';
import { TokenClient } from '../../test/support/token-client.ts';
import { settleClosings } from './close-account.ts';

const { uri } = migratedDatabase();
const receiver = new LogoutReceiver();
let city: CityNode;
let gateway: MessageGateway;
let tokens: TokenClient;

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

describe('asking for the end of an account', () => {
  it('is refused kindly to staff and organisations, who are told what to do', async () => {
    for (const kind of ['civilServant', 'legalEntity'] as const) {
      const account = await closingPerson(city, {
        kind,
        level: kind === 'legalEntity' ? 3 : 1,
        totpSecret: TOTP_SECRET,
      });
      const browser = await visitCentre(city, account);
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
      expect(await closingStateOf(city, account.id)).toEqual(['active', undefined]);
    }
  });

  it('needs a tick, a fresh sign-in and the second factor of an account that has one', async () => {
    const guarded = await closingPerson(city, { totpSecret: TOTP_SECRET });
    const browser = await visitCentre(city, guarded);
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
    expect(await closingStateOf(city, guarded.id)).toEqual(['active', undefined]);
  });

  it('ends all that is open, tells every contact and every system, and nothing opens again', async () => {
    const account = await closingPerson(city);
    const browser = new CityBrowser(city.issuer);
    const portal = await tokens.redeem(await browser.signIn(city.client('portal'), account));
    const scope = 'openid offline_access';
    const archive = await tokens.redeem(
      await browser.authorize(city.client('archive'), account, { scope, prompt: 'consent' }),
    );
    const told = receiver.of('portal').length;
    const { begun } = await askToClose(city, account);
    expect([begun.status, pageName(begun)]).toEqual([200, 'privacy-closing-begun']);
    expect(await closingStateOf(city, account.id)).toEqual(['active', 'waiting']);
    await receiver.until(() => receiver.of('portal').length > told);
    const refreshed = await Promise.all([
      tokens.refresh(city.client('portal'), String(portal.body.refresh_token)),
      tokens.refresh(city.client('archive'), String(archive.body.refresh_token)),
    ]);
    expect(refreshed.map(({ status }) => status)).toEqual([400, 400]);
    await cancelLinkFor(gateway, account.phone);
    await expect.poll(() => gateway.countOf(`${account.login}@example.com`, '申请注销')).toBe(1);

    const again = new CityBrowser(city.issuer);
    const { visit } = await again.request(city.client('portal'));
    const page = await again.walk(visit, account);
    expect(pageName(page)).toBe('privacy-closing-sign-in');
    const left = await again.press(page, 'cancel');
    expect(left.headers.get('location')).toContain('error=access_denied');
    expect(await closingStateOf(city, account.id)).toEqual(['active', 'waiting']);
  });

  it('is completed when the process that took it was killed half-way', async () => {
    const account = await closingPerson(city);
    const browser = new CityBrowser(city.issuer);
    const { body } = await tokens.redeem(await browser.signIn(city.client('portal'), account));
    const dueAt = new Date(city.clock.now().getTime() + 7 * DAY_MS);
    const begun = await closingProcess(city).closings.begin(
      account.id,
      { dueAt, cancelToken: 'x', forbids: () => Promise.resolve(false) },
      { actor: account.id },
    );
    expect(begun).toEqual({ ok: true });
    expect(await closingStateOf(city, account.id)).toEqual(['active', 'begun']);
    await settleClosings(closingProcess(city));
    expect(await closingStateOf(city, account.id)).toEqual(['active', 'waiting']);
    const refreshed = await tokens.refresh(city.client('portal'), String(body.refresh_token));
    expect(refreshed.status).toBe(400);
  });
});

describe('the way back', () => {
  it('leads through a sign-in', async () => {
    const account = await closingPerson(city);
    await askToClose(city, account);
    const browser = new CityBrowser(city.issuer);
    const { pending, visit } = await browser.request(city.client('portal'));
    const page = await browser.walk(visit, account);
    const answer = browser.finish(pending, await browser.press(page, 'keep-account'));
    expect((await tokens.redeem(answer)).status).toBe(200);
    expect(await closingStateOf(city, account.id)).toEqual(['active', undefined]);
    expect(await eventTypes(city, account.id)).toEqual(
      expect.arrayContaining(['privacy.closing_requested', 'privacy.closing_cancelled']),
    );
  });

  it('leads through the link of the notice, once, and tells nothing of any other', async () => {
    const account = await closingPerson(city);
    await askToClose(city, account);
    const link = await cancelLinkFor(gateway, account.phone);
    const stranger = new CityBrowser(city.issuer);
    for (const other of [link.slice(0, -2), link.replace(/cancel\/.{4}/u, 'cancel/AAAA')]) {
      const page = await stranger.open(other);
      expect([page.status, pageName(page)]).toEqual([410, 'privacy-closing-cancel']);
    }
    const page = await stranger.open(link);
    expect(page.url).toMatch(/\/account-closing\/cancel$/u);
    expect(page.body).not.toContain(account.login);
    const both = await Promise.all([
      stranger.press(page, 'keep-account'),
      stranger.press(page, 'keep-account'),
    ]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 410]);
    expect(await closingStateOf(city, account.id)).toEqual(['active', undefined]);
    expect((await stranger.open(link)).status).toBe(410);
    await expect.poll(() => gateway.countOf(account.phone, '可照常使用')).toBe(1);
  });
});
