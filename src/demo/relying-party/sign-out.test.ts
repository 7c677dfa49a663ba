// Signing out at a relying party, and what its back channel accepts as a logout token.
import { importJWK, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { HttpVisitor, nextAddress } from '../../../test/support/http-visitor.ts';
import type { Visit } from '../../../test/support/http-visitor.ts';
import {
  actingAs,
  claimOf,
  pageOf,
  problemOf,
  relyingParties,
  signIn,
} from '../../../test/support/relying-parties.ts';

const parties = relyingParties();

describe('signing out', () => {
  test('is refused when the form stands on another site', async () => {
    const visitor = await signIn(parties.sites.portal);
    const visit = await visitor.submit(
      `${parties.sites.portal.url}/sign-out`,
      {},
      parties.sites.department.url,
    );
    expect([visit.status, problemOf(visit)]).toEqual([403, 'foreign_form']);
    expect(pageOf(await visitor.visit(parties.sites.portal.url))).toBe('home');
  });

  test('ends the session here and leads to the provider with the ID token as hint', async () => {
    const visitor = await signIn(parties.sites.portal);
    const visit = await visitor.submit(`${parties.sites.portal.url}/sign-out`);
    const next = nextAddress(visit);
    expect(next?.origin).toBe(parties.plain.issuer);
    expect(next?.searchParams.get('id_token_hint')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/u);
    expect(next?.searchParams.get('post_logout_redirect_uri')).toBe(
      `${parties.sites.portal.url}/signed-out`,
    );
    expect(pageOf(await visitor.visit(parties.sites.portal.url))).toBe('welcome');
  });

  test('at the provider ends the session at every system, which says so', async () => {
    const visitor = await signIn(parties.sites.portal);
    await signIn(parties.sites.department, visitor);
    const leaving = await visitor.submit(`${parties.sites.portal.url}/sign-out`);
    const confirm = await visitor.visit(nextAddress(leaving) ?? '');
    const xsrf = /name="xsrf" value="([^"]+)"/u.exec(confirm.body)?.[1] ?? '';
    const action = /action="([^"]+)"/u.exec(confirm.body)?.[1] ?? '';
    const ended = await visitor.submit(action, { xsrf, logout: 'yes' });
    expect(nextAddress(ended)?.href).toBe(`${parties.sites.portal.url}/signed-out`);
    expect(pageOf(await visitor.visit(`${parties.sites.portal.url}/signed-out`))).toBe(
      'signed-out',
    );
    await expect
      .poll(() => parties.sites.department.lines.filter((line) => 'sessionsEnded' in line).length)
      .toBeGreaterThan(0);
    const back = await visitor.visit(parties.sites.department.url);
    expect([back.status, pageOf(back)]).toEqual([200, 'ended']);
    expect(pageOf(await visitor.visit(parties.sites.department.url))).toBe('welcome');
  });
});

describe('a logout token', () => {
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };

  async function logoutToken(change: {
    claims?: Record<string, unknown>;
    header?: Record<string, unknown>;
    alg?: 'RS256' | 'ES256';
  }): Promise<string> {
    const alg = change.alg ?? 'RS256';
    const jwk = parties.plain.signingKeys.find((key) => key.alg === alg) ?? {};
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: parties.plain.issuer,
      aud: 'portal',
      iat: now,
      exp: now + 120,
      jti: crypto.randomUUID(),
      sub: 'portal-wang',
      sid: 'none',
      events,
      ...change.claims,
    };
    return new SignJWT(JSON.parse(JSON.stringify(claims)))
      .setProtectedHeader({ alg, kid: jwk.kid ?? '', typ: 'logout+jwt', ...change.header })
      .sign(await importJWK(jwk, alg));
  }

  function deliver(token: string): Promise<Visit> {
    return new HttpVisitor().submit(`${parties.sites.portal.url}/backchannel-logout`, {
      logout_token: token,
    });
  }

  const past = Math.floor(Date.now() / 1000) - 3_600;
  test.each([
    ['of another issuer', { claims: { iss: 'https://elsewhere.example' } }, 'not_verifiable'],
    ['for another client', { claims: { aud: 'department' } }, 'not_verifiable'],
    ['issued long ago', { claims: { iat: past, exp: past + 7_200 } }, 'expired'],
    ['that has expired', { claims: { iat: past, exp: past + 120 } }, 'expired'],
    ['from the future', { claims: { iat: past + 9_000 } }, 'not_verifiable'],
    ['without a logout event', { claims: { events: { other: {} } } }, 'no_logout_event'],
    ['with a nonce', { claims: { nonce: 'n' } }, 'nonce_present'],
    ['that names nobody', { claims: { sub: undefined, sid: undefined } }, 'no_target'],
    ['without an id', { claims: { jti: undefined } }, 'not_verifiable'],
    ['that is typed as an ID token', { header: { typ: 'JWT' } }, 'not_verifiable'],
    ['in an algorithm not registered', { alg: 'ES256' as const }, 'not_verifiable'],
  ])('%s is refused', async (_what, change, reason) => {
    const answer = await deliver(await logoutToken(change));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({
      error: 'invalid_request',
      error_description: reason,
    });
  });

  test('that is none, or missing, is refused', async () => {
    expect((await deliver('none.of.it')).status).toBe(400);
    const empty = await new HttpVisitor().submit(`${parties.sites.portal.url}/backchannel-logout`);
    expect(empty.status).toBe(400);
  });

  test('ends the sessions of its sid once; a replay is refused', async () => {
    const visitor = await signIn(parties.sites.portal);
    const other = await signIn(parties.sites.portal);
    const sid = claimOf(await visitor.visit(parties.sites.portal.url), 'sid');
    const token = await logoutToken({ claims: { sid } });
    const answers = await Promise.all([deliver(token), deliver(token)]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]));
    expect(answers.find(({ status }) => status === 200)?.headers.get('cache-control')).toBe(
      'no-store',
    );
    expect(pageOf(await visitor.visit(parties.sites.portal.url))).toBe('ended');
    expect(pageOf(await other.visit(parties.sites.portal.url))).toBe('home');
  });

  test('without sid ends every session of its subject', async () => {
    const visitors = [await signIn(parties.sites.portal), await signIn(parties.sites.portal)];
    const answer = await deliver(await logoutToken({ claims: { sid: undefined } }));
    expect(answer.status).toBe(200);
    for (const visitor of visitors) {
      expect(pageOf(await visitor.visit(parties.sites.portal.url))).toBe('ended');
    }
  });
});

describe('an event about a mandate', () => {
  const hall = () => parties.sites['service-hall'];

  async function mandateEvent(change: Record<string, unknown> = {}): Promise<string> {
    const jwk = parties.plain.signingKeys.find((key) => key.alg === 'RS256') ?? {};
    const event = { mandate_id: actingAs.mandate_id, reason: 'removed' };
    return new SignJWT({
      iss: parties.plain.issuer,
      aud: 'service-hall',
      jti: crypto.randomUUID(),
      events: { 'urn:hutong:event:mandate:ended': event },
      ...change,
    })
      .setProtectedHeader({ alg: 'RS256', kid: jwk.kid ?? '', typ: 'secevent+jwt' })
      .sign(await importJWK(jwk, 'RS256'));
  }

  async function deliver(token: string): Promise<number> {
    const headers = { 'content-type': 'application/secevent+jwt' };
    const answer = await fetch(`${hall().url}/mandate-events`, {
      method: 'POST',
      headers,
      body: token,
    });
    return answer.status;
  }

  async function endSession(visitor: HttpVisitor): Promise<void> {
    const sid = claimOf(await visitor.visit(hall().url), 'sid') ?? '';
    const query = new URLSearchParams({ iss: parties.plain.issuer, sid });
    await visitor.visit(`${hall().url}/frontchannel-logout?${query.toString()}`);
  }

  test('for another system, or by nobody we know, is refused', async () => {
    expect(await deliver(await mandateEvent({ aud: 'portal' }))).toBe(400);
    expect(await deliver(await mandateEvent({ iss: 'https://elsewhere.example' }))).toBe(400);
    expect(await deliver('none.of.it')).toBe(400);
  });

  test('tells the page of a session that ended for whom it was, and why', async () => {
    parties.plain.decision = { accountId: 'chen', level: 3 };
    const [first, second] = [await signIn(hall()), await signIn(hall())];
    await endSession(first);
    const untold = await first.visit(hall().url);
    expect(untold.body).toContain(`您代表“${actingAs.name}”的登录已结束`);
    expect(untold.body).toContain('原因可能是');
    await endSession(second);
    expect(await deliver(await mandateEvent())).toBe(202);
    const told = await second.visit(hall().url);
    expect(told.body).toContain(`“${actingAs.name}”的经办人`);
    expect(told.body).toContain('原因：单位结束了这项授权。');
  });
});
