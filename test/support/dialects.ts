// The platforms of other provinces behind real HTTP, the peers that they are for a city, and somebody who
// signs in there.
import { generateKeyPairSync } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { startDialects } from '../../src/demo/dialects/start-dialects.ts';
import type { DialectFaultMode } from '../../src/demo/dialects/dialect-faults.ts';
import type { UpstreamPeer } from '../../src/federation/upstream-identity.ts';
import type { Peer } from '../../src/peers/peer.ts';
import { HttpVisitor, nextAddress } from './http-visitor.ts';
import { RETURN_ADDRESS, samplePeer } from './upstream-peer.ts';

const SECRET = 'of the city there';
export type DialectPeer = 'tif' | 'jis' | 'zhejiang' | 'zhejiangEntities';

export interface TestDialects {
  peer(of: DialectPeer, changes?: Partial<Peer>): UpstreamPeer;
  setFault(of: 'tif' | 'jis' | 'zhejiang', mode: DialectFaultMode): Promise<void>;
  stop(): Promise<void>;
}

/** @param returnOrigins where people are sent back to, beside the address of `upstream-peer.ts` */
export async function startTestDialects(returnOrigins: string[] = []): Promise<TestDialects> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const dialects = await startDialects({
    port: 0,
    publicUrl: 'http://127.0.0.1',
    returnOrigins: [new URL(RETURN_ADDRESS).origin, ...returnOrigins],
    tif: {
      clientId: 'city',
      clientSecret: SECRET,
      signingKey: privateKey.export({ format: 'jwk' }),
    },
    jis: { appmark: 'city', appword: SECRET, isEncrypted: true },
    zhejiang: { servicecode: 'city', servicepwd: SECRET },
    log: () => undefined,
  });
  const peers = peersAt(dialects.origin, publicKey.export({ format: 'jwk' }));
  return {
    peer: (of, changes = {}) => ({
      peer: { ...peers[of], ...changes },
      secrets: { clientSecret: SECRET },
    }),
    setFault: async (of, mode) => {
      const response = await fetch(`${dialects.origin}/${of}/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ mode }),
      });
      if (response.status !== 200) throw new Error(`no such fault: ${mode}`);
    },
    stop: dialects.stop,
  };
}

function peersAt(origin: string, jwk: JsonWebKey): Readonly<Record<DialectPeer, Peer>> {
  const tif = `${origin}/tif/sso/connect/page/oauth2`;
  const zhejiang = {
    login: `${origin}/zhejiang/sso/usp.do`,
    service: `${origin}/zhejiang/sso/servlet/simpleauth`,
    entityLogin: `${origin}/zhejiang/opensso/spsaehandler/metaAlias/sp`,
    entityQuery: `${origin}/zhejiang/opensso/query`,
  };
  const codes = { codes_unavailable: '2,3', codes_refused: '5' };
  const levelMap = {
    'authlevel:1': 1,
    'authlevel:2': 2,
    'authlevel:3': 3,
    'authlevel:4': 4,
  } as const;
  return {
    tif: samplePeer({
      issuer: 'urn:cn:gd:tif',
      jwks: { keys: [{ ...jwk, kty: 'EC' }] },
      connection: {
        protocol: 'tif',
        addresses: {
          authorize: `${tif}/authorize`,
          token: `${tif}/access_token`,
          userinfo: `${tif}/tokeninfo`,
          signOut: `${origin}/tif/logout`,
        },
        settings: { codes_refused: 'account_closed' },
      },
    }),
    jis: samplePeer({
      issuer: 'urn:cn:sd:jis',
      connection: {
        protocol: 'jis',
        addresses: {
          login: `${origin}/jis/jis-web/login`,
          gateway: `${origin}/jis/gateway`,
          signOut: `${origin}/jis/jis-web/logout`,
        },
        settings: {
          data_encryption: 'aes-128-cbc',
          codes_unavailable: '100001,100002',
          codes_refused: '100005',
        },
      },
    }),
    zhejiang: samplePeer({
      issuer: 'urn:cn:zj:persons',
      levelMap,
      connection: { protocol: 'zhejiang', addresses: zhejiang, settings: codes },
    }),
    zhejiangEntities: samplePeer({
      issuer: 'urn:cn:zj:entities',
      connection: {
        protocol: 'zhejiang',
        addresses: zhejiang,
        settings: { ...codes, subject_kind: 'legal_entity' },
      },
    }),
  };
}

/** Chooses on the sign-in page there; the address that the browser is sent back to. */
export async function chooseThere(page: URL, subject: string): Promise<URL> {
  const visitor = new HttpVisitor();
  const shown = await visitor.visit(page);
  const handle = /name="request" value="([^"]+)"/u.exec(shown.body)?.[1];
  const form = /<form method="post" action="([^"]+)"/u.exec(shown.body)?.[1];
  if (handle === undefined || form === undefined) throw new Error(`no page: ${shown.status}`);
  const sent = await visitor.submit(new URL(form, shown.url), { request: handle, subject });
  const back = nextAddress(sent);
  if (!back) throw new Error(`not sent back: ${sent.status}`);
  return back;
}
