// What the pages of a relying party show, and reading a person's data again.
import { describe, expect, test } from 'vitest';
import { HttpVisitor, nextAddress } from '../../../test/support/http-visitor.ts';
import {
  claimOf,
  pageOf,
  person,
  problemOf,
  relyingParties,
  signIn,
  subjectOf,
} from '../../../test/support/relying-parties.ts';

const parties = relyingParties();

describe('what a page shows', () => {
  test('is the masked person, the level and the claims that this very system received', async () => {
    const visitor = new HttpVisitor();
    const portal = await visitor.visit(`${parties.sites.portal.url}/sign-in`);
    const department = await visitor.visit(`${parties.sites.department.url}/sign-in`);
    expect([subjectOf(portal), subjectOf(department)]).toEqual(['portal-wang', 'department-wang']);
    expect(department.body).toContain('data-level="3"');
    expect(claimOf(portal, 'phone_number')).toBe('199****0003');
    expect(claimOf(portal, 'id_document')).toBeUndefined();
    expect(claimOf(department, 'id_document')).toContain('440***********003X');
    for (const { body } of [portal, department]) {
      expect(body).not.toContain(person.name);
      expect(body).not.toContain(person.id_document.number);
      expect(body).not.toContain('19900000003');
    }
  });

  test('is in English on request, and stays so', async () => {
    const visitor = new HttpVisitor();
    const switched = await visitor.visit(`${parties.sites.portal.url}/language?to=en&back=/policy`);
    expect(switched.url).toBe(`${parties.sites.portal.url}/policy`);
    expect((await visitor.visit(parties.sites.portal.url)).body).toContain('<html lang="en">');
    const request = await visitor.request(`${parties.sites.portal.url}/sign-in`);
    expect(nextAddress(request)?.searchParams.get('ui_locales')).toBe('en');
  });

  test('never leads to another site after the language switch', async () => {
    for (const back of ['//elsewhere.example', 'https://elsewhere.example', '/\\elsewhere']) {
      const target = `${parties.sites.portal.url}/language?to=en&back=${encodeURIComponent(back)}`;
      expect((await new HttpVisitor().request(target)).headers.get('location')).toBe('/');
    }
  });

  test('an unknown address is a page with a way back', async () => {
    const visit = await new HttpVisitor().visit(`${parties.sites.portal.url}/nowhere`);
    expect([visit.status, problemOf(visit)]).toEqual([404, 'not_found']);
  });
});

describe('refresh', () => {
  test('of two tabs at once spends one token, and both show the new data', async () => {
    const visitor = await signIn(parties.sites['service-hall']);
    const before = parties.plain.refreshes;
    const url = `${parties.sites['service-hall'].url}/refresh`;
    const answers = await Promise.all([visitor.submit(url), visitor.submit(url)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect(parties.plain.refreshes - before).toBe(1);
    expect(pageOf(await visitor.visit(parties.sites['service-hall'].url))).toBe('home');
  });

  test('is refused when the form stands on another site', async () => {
    const visitor = await signIn(parties.sites['service-hall']);
    const answer = await visitor.submit(
      `${parties.sites['service-hall'].url}/refresh`,
      {},
      parties.sites.portal.url,
    );
    expect(problemOf(answer)).toBe('foreign_form');
  });
});
