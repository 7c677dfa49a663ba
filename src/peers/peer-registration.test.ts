// What of a registration is refused, all of it at once, and what is made of a good one.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { samplePeer } from '../../test/support/peer-samples.ts';
import { readPeerRegistration } from './peer-registration.ts';
import type { PeerRegistrationContext } from './peer-registration.ts';

const production: PeerRegistrationContext = { mode: 'production', neededAddresses: () => [] };

function problemsOf(input: unknown, context: Partial<PeerRegistrationContext> = {}) {
  const read = readPeerRegistration(input, { ...production, ...context });
  return read.ok ? [] : read.problems.map(({ field, code }) => `${field} ${code}`);
}

describe('a registration', () => {
  it('is told everything that is wrong with its fields at once', () => {
    const { connection, ...rest } = samplePeer();
    const input = {
      ...rest,
      id: 'Province!',
      levelMap: { L1: 5 },
      levelCap: 7,
      strengthCap: 4,
      certificateTypeMap: { '10': '112' },
      attributeMap: { shoeSize: 'size' },
      notice: { 'zh-CN': '说明' },
      connection: { ...connection, protocol: 'ldap' },
      clientKey: { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
      secret: 'misspelt',
    };
    expect(problemsOf(input).toSorted()).toEqual(
      [
        'id id_form',
        'levelMap.L1 not_one_of',
        'levelCap not_one_of',
        'strengthCap not_one_of',
        'certificateTypeMap.10 certificate_type_unknown',
        'attributeMap.shoeSize unknown_field',
        'notice.en missing',
        'connection.protocol not_one_of',
        'clientKey private_key_form',
        'secret unknown_field',
      ].toSorted(),
    );
    expect(problemsOf(['a list'])).toEqual([' not_an_object']);
  });

  it('is told everything that does not go together at once', () => {
    const { connection } = samplePeer();
    const addresses = {
      authorize: 'http://province.example/',
      token: 'https://u:p@province.example/',
    };
    const input = samplePeer({
      issuer: 'urn:example:province',
      clients: ['portal'],
      connection: { ...connection, clientId: '', addresses },
    });
    expect(problemsOf(input, { neededAddresses: () => ['token', 'userinfo'] })).toEqual([
      'issuer issuer_url_needed',
      'connection.addresses.authorize uri_not_https',
      'connection.addresses.token uri_credentials',
      'connection.addresses.userinfo address_needed',
      'connection.clientId client_id_needed',
      'clients clients_without_role',
    ]);
  });

  it.each([
    ['https://province.example.gov.cn/?a=b', 'issuer_form'],
    ['https://province.example.gov.cn/#a', 'uri_fragment'],
    ['http://province.example.gov.cn', 'uri_not_https'],
    ['http://localhost:8100', 'uri_not_https'],
    ['province', 'uri_invalid'],
  ])('in production is not about the issuer %s: %s', (issuer, code) => {
    expect(problemsOf(samplePeer({ issuer }))).toEqual([`issuer ${code}`]);
  });

  it('of a demonstration may talk to this machine without TLS, and to no other', () => {
    const mode = 'demonstration';
    expect(problemsOf(samplePeer({ issuer: 'http://localhost:8120' }), { mode })).toEqual([]);
    expect(problemsOf(samplePeer({ issuer: 'http://province.example' }), { mode })).toEqual([
      'issuer uri_not_https',
    ]);
  });

  it('keeps its secrets apart, says which of them stay, and takes URNs for dialects', () => {
    const { connection } = samplePeer();
    const issuer = 'urn:example:province:jis';
    const input = samplePeer({ issuer, connection: { ...connection, protocol: 'jis' } });
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const clientKey = { ...key.export({ format: 'jwk' }), kid: 'ours' };
    const read = readPeerRegistration({ ...input, clientSecret: null, clientKey }, production);
    expect(read).toEqual({
      ok: true,
      registration: input,
      secrets: { clientSecret: null, clientKey: JSON.stringify(clientKey) },
    });
    const kept = readPeerRegistration(input, production);
    expect(kept).toMatchObject({ ok: true, secrets: {} });
  });
});
