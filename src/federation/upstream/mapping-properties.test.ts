// Nothing at all that a platform writes makes a mapping throw or invent.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samplePeer } from '../../../test/support/upstream-peer.ts';
import type { Peer, PeerProtocol } from '../../peers/peer.ts';
import { mapJisUser } from './jis-mapping.ts';
import { mapOidcClaims } from './oidc-mapping.ts';
import { mapTifUser } from './tif-mapping.ts';
import { mapZhejiangUser } from './zhejiang-mapping.ts';

const NOW = new Date('2026-11-23T00:00:00Z');

const peer = (protocol: PeerProtocol) => samplePeer({ connection: { protocol } });

const DIALECTS = {
  oidc: (answer: unknown, of: Peer) => mapOidcClaims(of, answer, NOW),
  tif: (answer: unknown, of: Peer) => mapTifUser(of, answer, NOW),
  jis: (answer: unknown, of: Peer) => mapJisUser(of, answer, NOW),
  zhejiang: (answer: unknown, of: Peer) => mapZhejiangUser(of, answer, NOW),
};
const SUBJECTS = { oidc: 'sub', tif: 'useridcode', jis: 'uuid', zhejiang: 'userid' } as const;
const FIELDS = {
  oidc: [
    'name',
    'email',
    'phone_number',
    'acr',
    'amr',
    'auth_time',
    'login_strength',
    'verification_methods',
  ],
  tif: [
    'cn',
    'mail',
    'telephonenumber',
    'idcardtype',
    'idcardnumber',
    'uversion',
    'isreal',
    'extproperties',
  ],
  jis: ['name', 'mobile', 'cardid', 'paperstype', 'authlevel', 'usertype', 'corrole', 'uversion'],
  zhejiang: [
    'username',
    'mobile',
    'idtype',
    'idnum',
    'authlevel',
    'loginType',
    'OrgType',
    'attnName',
  ],
} as const;

describe.each(Object.keys(DIALECTS) as (keyof typeof DIALECTS)[])('nothing in %s', (dialect) => {
  const map = DIALECTS[dialect];
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom('-1', '1', '111', 'L3', '王演示', '13800138000', '__proto__', 'constructor'),
    fc.jsonValue(),
  );
  const fields = fc.dictionary(fc.constantFrom(...FIELDS[dialect]), value);
  const answer = fields.map((some) => {
    const all = { [SUBJECTS[dialect]]: 's-1', ...some };
    return dialect === 'tif' ? { userobj: { usertype: '1', ...all } } : all;
  });

  it('makes it throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), answer), (given) => {
        expect(typeof map(given, peer(dialect)).ok).toBe('boolean');
      }),
    );
  });

  it('makes it invent: what it says was said', () => {
    fc.assert(
      fc.property(answer, (given) => {
        const mapped = map(given, peer(dialect));
        if (!mapped.ok) return;
        const { identity } = mapped;
        const said = JSON.stringify(given).normalize('NFKC').toUpperCase();
        const { name, email, version, origin, certificate } = identity;
        for (const each of [name, email, version, origin, certificate?.number]) {
          const text = JSON.stringify(each ?? '').slice(1, -1);
          expect(said).toContain(text.normalize('NFKC').toUpperCase());
        }
        expect(identity.phone ?? '+8613800138000').toMatch(/^\+\d{8,15}$/u);
        expect(identity.level === 1 || said.includes('L3')).toBe(true);
      }),
    );
  });
});
