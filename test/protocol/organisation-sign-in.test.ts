// Organisations that sign in by themselves: by licence, certificate and password, on two real processes.
// What clients are told, what a stranger gets (nothing), and what ends when the means ends.
import { describe, expect, test, vi } from 'vitest';
import { Authority } from '../../src/demo/registers/entity-credentials/authority.ts';
import { DEAD } from '../support/acting-city.ts';
import type { Held } from '../support/acting-city.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { named } from '../support/entity-city.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import {
  ALL,
  asWang,
  breakfast,
  chen,
  errorOf,
  housework,
  hrefOf,
  library,
  organisationCity,
} from '../support/organisation-city.ts';

const UNMET = 'unmet_authentication_requirements';
const own = organisationCity(migratedDatabase().uri);
const { city, begin, follow, organisationTab, licenceShown, present, byLicence } = own;
const {
  signed,
  certificatePage,
  heldAfter,
  byPassword,
  certificateHeld,
  recorded,
  personSignsIn,
  lock,
} = own;

// The client has its notice of this very sign-in; others may come late.
const told = ({ idToken }: Held) =>
  city.receiver.until(() => city.receiver.of('registry').some(({ sid }) => sid === idToken['sid']));

describe('refused', () => {
  test('at a system for people only, which offers no such way and says why a session is of no use', async () => {
    const { page } = await organisationTab(await begin('portal'));
    expect(page.body).not.toContain('by-licence');
    expect(page.body).not.toContain('法人登录');
    const other = new CityBrowser(city.node.issuer);
    const path = new URL(page.url).pathname;
    expect(pageName(await other.open(`${path}/organisation/licence`))).not.toBe(
      'organisation-licence',
    );
    const signedIn = await byLicence('registry');
    const { page: unserved } = await begin('portal', {}, signedIn.browser);
    expect(pageName(unserved)).toBe('no-identity');
  });

  test('a licence of a handler, of nobody here, declined, and not presented yet', async () => {
    const handler = await byLicence('registry', { ...asWang, role: 'handler' } as typeof asWang);
    expect(handler.end.status).toBe(422);
    expect(handler.end.body).toContain('办事人的执照不能');
    const begun = await organisationTab(await begin('registry'));
    const stranger = await byLicence('registry', {
      uscc: breakfast.uscc,
      presenter: named('林新办').number,
    });
    expect(stranger.end.body).toContain('这家单位在这里还没有账户');
    const shown = await licenceShown(begun);
    expect((await begun.browser.press(shown, 'check-licence')).body).toContain('还没有收到');
    await own.credentials().presentLicence(hrefOf(shown), { ...asWang, decision: 'decline' });
    expect((await begun.browser.press(shown, 'check-licence')).body).toContain('选择了不出示');
  });

  test('a licence that somebody else shows again: in another tab, browser or twice at once', async () => {
    const begun = await organisationTab(await begin('registry', { scope: ALL }));
    const shown = await licenceShown(begun);
    const number = /id="match-number"><strong>(\d\d)</u.exec(shown.body)?.[1];
    expect(await present(shown, asWang)).toBe(number);
    const thief = await organisationTab(await begin('registry'));
    const state = /request=([\w-]+)$/u.exec(shown.url)?.[1] ?? '';
    const path = `${new URL(thief.page.url).pathname}/organisation/licence?request=${state}`;
    const stolen = await thief.browser.open(path);
    expect([stolen.status, stolen.body.includes('match-number')]).toEqual([410, false]);
    const form = readForm(shown, 'check-licence');
    const send = () =>
      begun.browser.visitor.submit(form.action, form.fields, new URL(shown.url).origin);
    const answers = await Promise.all(Array.from({ length: 8 }, send));
    expect(answers.filter(({ status }) => status === 500)).toEqual([]);
    const signIns = await recorded({ type: 'sign_in.succeeded', reason: 'e_licence' });
    const end = await begun.browser.open(new URL(begun.page.url).pathname);
    expect(begun.browser.finish(begun.pending, end).code).not.toBe('');
    const after = await recorded({ type: 'sign_in.succeeded', reason: 'e_licence' });
    expect(after - signIns).toBe(1);
  });

  test('a certificate of another text, organisation, authority; revoked; expired', async () => {
    const { browser, page } = await certificatePage('registry');
    const send = async (signature: string) => {
      const answer = await browser.press(page, 'send-signature', { signature });
      return answer.body;
    };
    expect(await send('')).toContain('请粘贴签名结果');
    expect(await send(await own.credentials().sign('another text', library))).toContain(
      '签名的不是这次的内容',
    );
    expect(await send(await signed(page, breakfast))).toContain('这家单位在这里还没有账户');
    const text = /<textarea id="text"[^>]*>([^<]+)</u.exec(page.body)?.[1] ?? '';
    const stranger = await Authority.create();
    expect(await send(await own.credentials().sign(text, library, stranger))).toContain(
      '不在认可的范围',
    );
    const yesterday = {
      notBefore: new Date(Date.now() - 9e8),
      notAfter: new Date(Date.now() - 1e6),
    };
    expect(await send(await signed(page, library, yesterday))).toContain('这张证书已过期');
    expect(await recorded({ reason: /^certificate_/u })).toBeGreaterThanOrEqual(4);
  });

  test('while the licence platform is silent: the page names another way', async () => {
    const begun = await organisationTab(await begin('registry'));
    await own.credentials().setFault('down');
    const silent = await licenceShown(begun);
    expect(silent.status).toBe(503);
    expect(silent.body).toContain('返回，换一种登录方式');
    expect(pageName(await follow({ ...begun, page: silent }, 'other-means'))).toBe('sign-in');
  });
});

describe('an organisation that signs in by licence', () => {
  test('is the subject, acts as itself without mandate, and names who presented it', async () => {
    const signedIn = await byLicence('registry');
    const held = await heldAfter(signedIn);
    const { id } = city.node.account('library');
    expect(held.idToken).toMatchObject({
      subject_type: 'legal_entity',
      acr: 'urn:hutong:level:3',
      amr: ['e_licence', 'mfa'],
      login_strength: 2,
      real_name_level: 4,
      operator: {
        type: 'natural_person',
        name: '王演示',
        role: 'legal_representative',
        source: 'licence',
      },
    });
    const {
      acting_as: acting,
      operator,
      sub,
    } = held.idToken as {
      acting_as: Record<string, unknown>;
      operator: Record<string, unknown>;
      sub: string;
    };
    expect(acting).toEqual({
      type: 'legal_entity',
      id: sub,
      uscc: library.uscc,
      name: library.name,
      real_name_level: 4,
    });
    expect(sub).not.toBe(id);
    // The same person, as this client knows him.
    const himself = await heldAfter(await personSignsIn('registry', 'wangyanshi'));
    expect(operator['id']).toBe(himself.idToken['sub']);
    const refreshed = await city.refresh(held);
    expect(refreshed.idToken['operator']).toEqual(operator);
    const { body: userinfo } = await city.tokens.userinfo(refreshed.accessToken);
    expect(userinfo).toMatchObject({ sub, acting_as: acting, operator });
    const client = city.node.client('registry');
    const { body } = await city.tokens.introspect(client, refreshed.accessToken);
    const masked = { ...operator, name: '王*' };
    expect(body).toMatchObject({ active: true, sub, acting_as: acting, operator: masked });
    const discovery = await fetch(`${city.node.issuer}/.well-known/openid-configuration`);
    expect(await discovery.text()).toMatch(/"claims_supported":\[[^\]]*"operator"/u);
  });

  test('replaces the person in the same browser, whose clients are told', async () => {
    const { browser, ...before } = await personSignsIn('registry', 'chentiyan');
    const own = await heldAfter({ browser, ...before });
    const again = await begin('registry', { prompt: 'login', scope: ALL }, browser);
    const tab = await organisationTab(again);
    const page = await follow(tab, 'by-licence');
    expect(page.body).toContain('陈*');
    const shown = await browser.press(page, 'begin-licence');
    await present(shown, asWang);
    let end = await browser.press(shown, 'check-licence');
    if (pageName(end) !== undefined) end = await browser.press(end, 'continue');
    const held = await heldAfter({ ...tab, end });
    expect(held.idToken).toMatchObject({ subject_type: 'legal_entity' });
    expect(await city.stateOf(own)).toEqual(DEAD);
    await told(own);
  });

  test('with another person at the keyboard is another session', async () => {
    const first = await byLicence('registry');
    const held = await heldAfter(first);
    const asChen = { uscc: library.uscc, presenter: chen.number, role: 'manager' };
    const request = await begin('registry', { prompt: 'login', scope: ALL }, first.browser);
    const second = await byLicence('registry', asChen, await organisationTab(request));
    const other = await heldAfter(second);
    expect(other.idToken).toMatchObject({
      sub: held.idToken['sub'],
      operator: { name: '陈体验', role: 'manager' },
    });
    expect(other.idToken['sid']).not.toBe(held.idToken['sid']);
    expect(await city.stateOf(held)).toEqual(DEAD);
    expect(await city.stateOf(other)).toEqual([200, true, 200]);
  });
});

describe('what it signed in with', () => {
  test('a certificate is level 4, and names nobody who is not in it', async () => {
    const { browser, pending, page } = await certificatePage('registry');
    const signature = await signed(page, library);
    const end = await browser.press(page, 'send-signature', { signature });
    const held = await heldAfter({ browser, pending, page, end });
    expect(held.idToken).toMatchObject({
      acr: 'urn:hutong:level:4',
      amr: ['pop', 'mfa'],
      login_strength: 3,
    });
    expect(held.idToken).not.toHaveProperty('operator');
    expect(held.idToken).toHaveProperty('acting_as');
    // Once used, it opens nothing again.
    const replay = await certificatePage('registry');
    const refused = await replay.browser.press(replay.page, 'send-signature', { signature });
    expect(refused.body).toContain('签名的不是这次的内容');
  });

  test('a password is one factor; more is shown by licence or certificate, as much as is demanded', async () => {
    const weak = await byPassword('registry', 'library');
    const held = await heldAfter(weak);
    expect(held.idToken).toMatchObject({
      acr: 'urn:hutong:level:2',
      amr: ['pwd'],
      login_strength: 1,
    });
    expect(held.idToken).not.toHaveProperty('operator');
    const level = (value: number) => ({ acr_values: `urn:hutong:level:${value}`, scope: ALL });
    const none = await begin('registry', { ...level(3), prompt: 'none' }, weak.browser);
    expect(errorOf(none, none.page)).toBe(UNMET);
    const stepUp = await begin('registry', level(3), weak.browser);
    expect(pageName(stepUp.page)).toBe('organisation-step');
    const foreign = await licenceShown(stepUp);
    await present(foreign, { uscc: housework.uscc, presenter: chen.number });
    const wrong = await stepUp.browser.press(foreign, 'check-licence');
    expect(wrong.body).toContain('出示的是另一家单位的执照');
    const strong = await heldAfter(await byLicence('registry', asWang, stepUp));
    expect(strong.idToken).toMatchObject({
      acr: 'urn:hutong:level:3',
      operator: { name: '王演示' },
    });
    // A licence is no key: only a certificate brings it to level 4.
    const highest = await begin('registry', level(4), weak.browser);
    expect(pageName(highest.page)).toBe('organisation-step');
    expect(highest.page.body).not.toContain('by-licence');
    const cancelled = await highest.browser.press(highest.page, 'unmet');
    expect(errorOf(highest, cancelled)).toBe(UNMET);
  });

  test('is of no use where the organisation is not verified far enough', async () => {
    const begun = await organisationTab(await begin('strict'));
    const of = { uscc: housework.uscc, presenter: chen.number };
    const { end } = await byLicence('strict', of, begun);
    expect(pageName(end)).toBe('level-unmet');
    const answer = await begun.browser.press(end, 'back');
    expect(errorOf(begun, answer)).toBe(UNMET);
  });
});

describe('everything ends within seconds', () => {
  test('when its certificate is revoked; the client is told', async () => {
    const { held, serial } = await certificateHeld();
    own.credentials().authority.revoke(serial);
    await told(held);
    expect(await city.stateOf(held)).toEqual(DEAD);
    await vi.waitFor(async () => expect(await recorded({ reason: 'certificate_revoked' })).toBe(1));
  });

  test('when the organisation is locked, which then reads why', async () => {
    const held = await heldAfter(
      await byLicence('registry', { uscc: housework.uscc, presenter: chen.number }),
    );
    await lock('housework');
    expect(await city.stateOf(held)).toEqual(DEAD);
    const after = await byLicence('registry', { uscc: housework.uscc, presenter: chen.number });
    expect(after.end.body).toContain('这家单位的账户现在不能使用');
  });

  test('when who held the licence loses the power over it', async () => {
    const [holder, entity] = [city.node.account('wangyanshi'), city.node.account('library')];
    const endings = () => recorded({ type: 'entities.sign_in_ended', subject: entity.id });
    const mandate = await city.domain.appoint(holder, entity, { role: 'legalRepresentative' });
    const [held, before] = [await heldAfter(await byLicence('registry')), await endings()];
    await city.domain.end(mandate, 'representative_changed');
    expect(await city.stateOf(held)).toEqual(DEAD);
    await told(held);
    expect(await endings()).toBeGreaterThan(before);
  });
});
