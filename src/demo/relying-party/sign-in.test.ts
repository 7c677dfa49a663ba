// Signing in at a relying party, refusals first: answers of others, error answers, several tabs.
import { describe, expect, test } from 'vitest';
import { HttpVisitor, nextAddress } from '../../../test/support/http-visitor.ts';
import { startPlainProvider } from '../../../test/support/plain-provider.ts';
import {
  followToAnswer,
  listenOnFreePort,
  pageOf,
  pauseBeforeAnswer,
  person,
  portOf,
  problemOf,
  relyingParties,
  runSite,
  signIn,
  subjectOf,
  withoutOwnMetadata,
} from '../../../test/support/relying-parties.ts';

const parties = relyingParties();

describe('an answer that does not belong to this browser', () => {
  test('an invented state is refused and leads to a new sign-in', async () => {
    const visit = await new HttpVisitor().visit(
      `${parties.sites.portal.url}/callback?code=x&state=y`,
    );
    expect([visit.status, problemOf(visit)]).toEqual([400, 'answer_unknown']);
    expect(visit.body).toContain('href="/sign-in"');
  });

  test('an answer carried to another browser is refused there and still good here', async () => {
    const visitor = new HttpVisitor();
    const answer = await pauseBeforeAnswer(parties.sites.portal, visitor);
    const thief = await new HttpVisitor().visit(answer);
    expect([thief.status, problemOf(thief)]).toEqual([400, 'answer_unknown']);
    expect(pageOf(await visitor.visit(answer))).toBe('home');
  });

  test('a replayed answer changes nothing and brings the signed-in person home', async () => {
    const visitor = new HttpVisitor();
    const answer = await pauseBeforeAnswer(parties.sites.portal, visitor);
    const first = await visitor.visit(answer);
    const again = await visitor.visit(answer);
    expect([again.status, pageOf(again)]).toEqual([200, 'home']);
    expect(subjectOf(again)).toBe(subjectOf(first));
  });

  test('of 20 parallel replays exactly one is exchanged', async () => {
    const visitor = new HttpVisitor();
    const answer = await pauseBeforeAnswer(parties.sites.portal, visitor);
    const before = parties.sites.portal.lines.length;
    const visits = await Promise.all(Array.from({ length: 20 }, () => visitor.request(answer)));
    expect(visits.filter((visit) => visit.status === 303)).toHaveLength(1);
    const invalid = parties.sites.portal.lines.slice(before).filter((line) => 'event' in line);
    expect(invalid).toEqual([]);
  });

  test('a state sent twice is refused', async () => {
    const visitor = new HttpVisitor();
    const answer = await pauseBeforeAnswer(parties.sites.portal, visitor);
    answer.searchParams.append('state', answer.searchParams.get('state') ?? '');
    expect(problemOf(await visitor.visit(answer))).toBe('answer_unknown');
  });

  test('an answer of another issuer is refused', async () => {
    const visitor = new HttpVisitor();
    const answer = await pauseBeforeAnswer(parties.sites.portal, visitor);
    answer.searchParams.set('iss', 'https://elsewhere.example');
    const visit = await visitor.visit(answer);
    expect([visit.status, problemOf(visit)]).toEqual([400, 'answer_invalid']);
  });

  test('a spoilt code is refused with the protocol error for technical staff', async () => {
    const visitor = new HttpVisitor();
    const answer = await pauseBeforeAnswer(parties.sites.portal, visitor);
    answer.searchParams.set('code', 'spoilt');
    const visit = await visitor.visit(answer);
    expect([visit.status, problemOf(visit)]).toEqual([400, 'answer_invalid']);
    expect(visit.body).toContain('<code>invalid_grant</code>');
  });
});

describe('an error answer', () => {
  test.each([
    ['access_denied', 'access_denied', 403],
    ['unmet_authentication_requirements', 'level_unmet', 403],
    ['login_required', 'sign_in_needed', 403],
    ['consent_required', 'consent_needed', 403],
    ['temporarily_unavailable', 'unreachable', 403],
    ['something_new', 'refused_otherwise', 403],
  ])('%s has a page of its own and a way on', async (error, problem, status) => {
    parties.plain.decision = { error, description: '<script>alert(1)</script>' };
    const visit = await new HttpVisitor().visit(`${parties.sites.portal.url}/sign-in`);
    expect([visit.status, problemOf(visit)]).toEqual([status, problem]);
    expect(visit.body).toContain('id="sign-in"');
    expect(visit.body).not.toContain('<script>');
    expect(visit.body).toMatch(/<title>错误\p{P}/u);
  });

  test('does not end what is signed in already', async () => {
    const visitor = await signIn(parties.sites.portal);
    const answer = await pauseBeforeAnswer(parties.sites.portal, visitor);
    for (const name of ['code', 'iss']) answer.searchParams.delete(name);
    answer.searchParams.set('error', 'access_denied');
    answer.searchParams.set('iss', parties.plain.issuer);
    expect(problemOf(await visitor.visit(answer))).toBe('access_denied');
    expect(pageOf(await visitor.visit(parties.sites.portal.url))).toBe('home');
  });
});

test('a level below its own minimum is refused by the department, whatever the provider says', async () => {
  parties.plain.decision = { accountId: 'wang', level: 2 };
  const visit = await new HttpVisitor().visit(`${parties.sites.department.url}/sign-in`);
  expect([visit.status, problemOf(visit)]).toEqual([403, 'level_unmet']);
});

test('sign-in to an unknown issuer is refused', async () => {
  const visit = await new HttpVisitor().visit(
    `${parties.sites.portal.url}/sign-in?iss=https%3A%2F%2Felsewhere.example`,
  );
  expect([visit.status, problemOf(visit)]).toEqual([400, 'foreign_issuer']);
});

describe('several tabs', () => {
  test('ten that were opened at once all arrive, in any order', async () => {
    const visitor = new HttpVisitor();
    const opened = await Promise.all(
      Array.from({ length: 10 }, () => visitor.request(`${parties.sites.portal.url}/sign-in`)),
    );
    const answers: URL[] = [];
    // One after the other: parallel requests of one session are beyond a plain provider.
    for (const visit of opened) answers.push(await followToAnswer(visitor, nextAddress(visit)));
    const visits = await Promise.all(answers.toReversed().map((answer) => visitor.visit(answer)));
    expect(visits.map(pageOf)).toEqual(Array.from({ length: 10 }, () => 'home'));
    expect(visitor.cookieNames().filter((name) => name.includes('pending'))).toEqual([]);
  });

  test('another person who signs in replaces the first one', async () => {
    const visitor = await signIn(parties.sites.portal);
    visitor.forgetCookies((name) => name.startsWith('_session'));
    parties.plain.decision = { accountId: 'li', level: 1 };
    const visit = await visitor.visit(`${parties.sites.portal.url}/sign-in`);
    expect(subjectOf(visit)).toBe('portal-li');
  });
});

test('a provider that is away is said to be, and found again by the next try', async () => {
  const vacant = await listenOnFreePort();
  const issuerPort = portOf(vacant);
  await new Promise((resolve) => vacant.close(resolve));
  const server = await listenOnFreePort();
  const url = `http://localhost:${portOf(server)}`;
  const registration = {
    ...parties.clients.portal,
    client_uri: `${url}/`,
    redirect_uris: [`${url}/callback`],
  };
  const issuer = `http://localhost:${issuerPort}`;
  const lonely = runSite({ site: 'portal', registration, server, issuer, secrets: undefined });
  const away = await new HttpVisitor().visit(`${url}/sign-in`);
  expect([away.status, problemOf(away)]).toEqual([503, 'unreachable']);
  const late = await startPlainProvider({
    port: issuerPort,
    clients: [withoutOwnMetadata(registration)],
    claims: { wang: person },
  });
  late.decision = { accountId: 'wang', level: 1 };
  expect(pageOf(await new HttpVisitor().visit(`${url}/sign-in`))).toBe('home');
  await late.stop();
  await lonely.stop();
});
