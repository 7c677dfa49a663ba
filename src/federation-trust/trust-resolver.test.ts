import { beforeEach, describe, expect, it } from 'vitest';
import { believedCity } from '../../test/support/believed-city.ts';
import { makeEntityKey } from '../../test/support/federation-entity.ts';
import type { FederationNode } from '../../test/support/federation-node.ts';
import type { ShiftedClock } from '../../test/support/shifted-clock.ts';
import { DenialStore } from './denial-store.ts';
import { TRUST_MARK_TYPE } from './trust-marks.ts';

const at = believedCity();
const { resolve } = at;
let clock: ShiftedClock;
let city: FederationNode;
let hub: FederationNode;
let anchor: FederationNode;

beforeEach(() => {
  ({ clock, city, hub, anchor } = at);
});

describe('the resolver', () => {
  it('climbs from a city over its hub to the anchor, once for 50 who ask', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => resolve()));
    expect(new Set(all)).toEqual(new Set(['believed']));
    expect(city.asked).toEqual(['/.well-known/openid-federation']);
    expect(hub.asked).toEqual(['/.well-known/openid-federation', '/fetch']);
  });

  it('refuses circles, ways to somebody else’s anchor and ways without end', async () => {
    const strange = await at.start();
    anchor.subordinates.delete(hub.id);
    expect(await resolve()).toBe('not_subordinate');
    const lost = await at.start();
    strange.above(lost);
    lost.claims['metadata'] = { openid_provider: {} };
    expect(await resolve(lost)).toBe('anchor_unknown');
    const [one, other] = [await at.start(), await at.start()];
    one.above(other);
    other.above(one);
    one.claims['metadata'] = { openid_provider: {} };
    expect(await resolve(one)).toBe('cycle');
    let top = anchor;
    for (let height = 0; height < 7; height += 1) {
      const next = await at.start();
      top.above(next);
      top = next;
    }
    top.claims['metadata'] = { openid_provider: {} };
    expect(await resolve(top)).toBe('path_too_long');
  });

  it('asks before a search for whom it does not believe, and keeps nothing of a search too many', async () => {
    let asked = 0;
    let left = 0;
    const maySearch = async () => {
      asked += 1;
      return asked <= left;
    };
    const ask = async () => {
      const result = await at.resolver.resolve(city.id, 'openid_provider', maySearch);
      return result.ok ? 'believed' : `${result.refusal.reason} ${result.refusal.detail}`;
    };
    expect([await ask(), city.asked]).toEqual(['unreachable too_many', []]);
    left = 2;
    city.answers.set('/.well-known/openid-federation', () => ({ status: 503, body: '' }));
    expect(await ask()).toBe('unreachable http_503');
    expect([await ask(), asked]).toEqual(['unreachable http_503', 2]);
    city.answers.clear();
    clock.advance(11);
    expect([await ask(), asked]).toEqual(['unreachable too_many', 3]);
    left = 4;
    expect([await ask(), asked]).toEqual(['believed', 4]);
    clock.advance(61);
    expect([await ask(), asked]).toEqual(['believed', 4]);
  });

  it('takes another way where one is broken', async () => {
    const broken = await at.start();
    broken.answers.set('/.well-known/openid-federation', () => ({ status: 500, body: '' }));
    city.claims['authority_hints'] = [broken.id, hub.id];
    expect(await resolve()).toBe('believed');
  });

  it('refuses answers that are too large, redirected, of another kind or from another place', async () => {
    const path = '/.well-known/openid-federation';
    const refusedWith = async (answer: { status?: number; type?: string; body: string }) => {
      city.answers.set(path, () => answer);
      clock.advance(60);
      return resolve();
    };
    expect(await refusedWith({ body: 'x'.repeat(300_000) })).toBe('too_large body_too_large');
    expect(await refusedWith({ body: 'x'.repeat(100_000) })).toBe('too_large');
    expect(await refusedWith({ status: 302, body: '' })).toBe('unreachable redirect_not_followed');
    expect(await refusedWith({ type: 'text/html', body: 'x' })).toBe('malformed content_type');
    city.answers.delete(path);
    hub.subordinates.set(city.id, {
      of: city.entity,
      claims: { source_endpoint: `${hub.id}/other` },
    });
    clock.advance(60);
    expect(await resolve()).toBe('source_endpoint_wrong');
    expect(await at.resolver.resolve('http://city.example', 'openid_provider')).toMatchObject({
      refusal: { reason: 'entity_id_invalid' },
    });
  });

  it('asks again after a while: a suspension takes effect, and silence changes nothing until the end', async () => {
    expect(await resolve()).toBe('believed');
    hub.answers.set('/fetch', () => ({ status: 503, body: '' }));
    clock.advance(61);
    expect(await resolve()).toBe('believed');
    clock.advance(3600);
    expect(await resolve()).toBe('expired');
    hub.answers.delete('/fetch');
    clock.advance(11);
    expect(await resolve()).toBe('believed');
    hub.subordinates.delete(city.id);
    clock.advance(61);
    expect(await resolve()).toBe('not_subordinate');
  });

  it('believes a city that hides for as long as its superiors vouch, and its last word is valid', async () => {
    city.claims['exp'] = Math.floor(clock.now().getTime() / 1000) + 200;
    expect(await resolve()).toBe('believed');
    at.hide(city);
    clock.advance(61);
    expect(await resolve()).toBe('believed');
    expect(hub.asked.filter((path) => path === '/fetch')).toHaveLength(2);
    clock.advance(140);
    expect(await resolve()).toBe('expired');
  });

  it('takes a renewed chain when the former ends, though it was asked for not long ago', async () => {
    const inSeconds = (seconds: number) => Math.floor(clock.now().getTime() / 1000) + seconds;
    city.claims['exp'] = inSeconds(30);
    expect(await resolve()).toBe('believed');
    city.claims['exp'] = inSeconds(90);
    clock.advance(31);
    expect(await resolve()).toBe('believed');
  });

  it('ends a city that its hub has removed, though it hides, or names others first', async () => {
    const silent = await at.start();
    at.hide(silent);
    expect(await resolve()).toBe('believed');
    hub.subordinates.delete(city.id);
    at.hide(city);
    clock.advance(61);
    expect(await resolve()).toBe('not_subordinate');
    hub.above(city);
    city.answers.clear();
    clock.advance(61);
    expect(await resolve()).toBe('believed');
    hub.subordinates.delete(city.id);
    city.claims['authority_hints'] = [silent.id, hub.id];
    clock.advance(61);
    expect(await resolve()).toBe('not_subordinate');
  });

  it('ends a city whose hub the anchor has removed, though both hide', async () => {
    expect(await resolve()).toBe('believed');
    at.hide(hub);
    at.hide(city);
    clock.advance(61);
    expect(await resolve()).toBe('believed');
    anchor.subordinates.delete(hub.id);
    clock.advance(61);
    expect(await resolve()).toBe('not_subordinate');
  });

  it('follows a city to another superior', async () => {
    expect(await resolve()).toBe('believed');
    hub.subordinates.delete(city.id);
    city.claims['authority_hints'] = [];
    anchor.above(city);
    clock.advance(61);
    expect(await resolve()).toBe('believed');
  });

  it('believes nobody below an entity that is denied here, at once', async () => {
    expect(await resolve()).toBe('believed');
    const denials = new DenialStore(at);
    const denial = { entityId: hub.id, reason: 'x', deniedBy: 'y', deniedAt: clock.now() };
    await at.database.transaction((session) => denials.deny(denial, session));
    expect(await resolve()).toBe('denied');
    await at.database.transaction((session) => denials.allow(hub.id, session));
    expect(await resolve()).toBe('believed');
  });

  it('follows a change of the anchor’s keys that the known one announces, and no other', async () => {
    const given = anchor.entity.keys;
    const next = await makeEntityKey();
    const both = { keys: [...anchor.entity.keys.keys, { ...next, d: undefined }] };
    anchor.claims['jwks'] = both;
    await at.resolver.refreshAnchors();
    anchor.entity.key = next;
    anchor.claims['jwks'] = { keys: [{ ...next, d: undefined }] };
    clock.advance(61);
    expect(await resolve()).toBe('believed');
    at.startAnew(given);
    expect(await resolve()).toBe('believed');
    anchor.entity.key = await makeEntityKey();
    delete anchor.claims['jwks'];
    clock.advance(61);
    expect(await resolve()).toBe('key_unknown');
  });

  it('asks for the trust marks that an anchor’s people must have', async () => {
    const type = 'https://anchor.example/marks/level-3';
    at.trustMarks = [type];
    at.startAnew();
    expect(await resolve()).toBe(`trust_mark_missing ${type}`);
    anchor.claims['trust_mark_issuers'] = { [type]: [hub.id] };
    const iat = Math.floor(clock.now().getTime() / 1000);
    const claims = { iss: hub.id, sub: city.id, trust_mark_type: type, iat };
    const hold = async (by: FederationNode, own: object) => {
      const trust_mark = await by.entity.sign(own, { typ: TRUST_MARK_TYPE });
      city.claims['trust_marks'] = [{ trust_mark_type: type, trust_mark }];
      clock.advance(61);
      return resolve();
    };
    expect(await hold(anchor, claims)).toBe(`trust_mark_missing ${type}`);
    expect(await hold(hub, { ...claims, sub: anchor.id })).toBe(`trust_mark_missing ${type}`);
    expect(await hold(hub, { ...claims, exp: iat })).toBe(`trust_mark_missing ${type}`);
    expect(await hold(hub, claims)).toBe('believed');
  });
});
