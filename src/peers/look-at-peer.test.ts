// A look at a peer over the network: whether it answers, is who it should be, and when what it shows ends.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exportJWK, generateKeyPair } from 'jose';
import type { JWK } from 'jose';
import { createTestCertificates } from '../../test/support/certificates.ts';
import { samplePeer } from '../../test/support/peer-samples.ts';
import { createOutbound } from '../platform/outbound.ts';
import type { Outbound } from '../platform/outbound.ts';
import { endingSoon } from './credential-expiry.ts';
import { lookAtPeer } from './look-at-peer.ts';
import type { Peer } from './peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'hutong-look-'));
const DISCOVERY = '/.well-known/openid-configuration';
const answers = new Map<string, { status: number; body: unknown }>();
let outbound: Outbound;
let issuer: string;
let end: () => Promise<void>;
let key: JWK;

beforeAll(async () => {
  const certificates = await createTestCertificates({ dns: ['localhost'], ip: ['127.0.0.1'] });
  writeFileSync(join(folder, 'ca.pem'), certificates.authority);
  const answer: RequestListener = ({ url = '' }, response) => {
    const { status, body } = answers.get(url.split('?')[0] ?? '') ?? { status: 404, body: {} };
    const location = status === 302 ? { location: 'https://elsewhere.example/' } : {};
    response.writeHead(status, { 'content-type': 'application/json', ...location });
    response.end(JSON.stringify(body));
  };
  const server = createServer(certificates.server, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `https://localhost:${(server.address() as AddressInfo).port}`;
  outbound = createOutbound({ allow: ['127.0.0.0/8:*'], caFile: join(folder, 'ca.pem') });
  end = async () => {
    await outbound.close();
    await new Promise((resolve) => server.close(resolve));
  };
  const { publicKey } = await generateKeyPair('ES256');
  key = { ...(await exportJWK(publicKey)), kid: 'k1', exp: 1_900_000_000 } as JWK;
});

afterAll(async () => {
  await end();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  answers.clear();
  answers.set(DISCOVERY, { status: 200, body: { issuer, jwks_uri: `${issuer}/keys` } });
  answers.set('/keys', { status: 200, body: { keys: [key] } });
});

function peer(more: Partial<Peer> = {}): Peer {
  return { ...samplePeer({ issuer }), droppedKeys: [], state: 'draft', revision: 1, ...more };
}

const problems = async (of: Peer) =>
  (await lookAtPeer(outbound, of)).problems.map(({ code, values }) => [code, values['reason']]);

describe('a peer', () => {
  it('that does not answer, or not as it should, is told by a closed word', async () => {
    answers.set(DISCOVERY, { status: 503, body: {} });
    expect(await problems(peer())).toEqual([['unreachable', 'http_503']]);
    answers.set(DISCOVERY, { status: 200, body: { issuer } });
    expect(await problems(peer())).toEqual([['document_invalid', undefined]]);
    answers.set(DISCOVERY, {
      status: 200,
      body: { issuer: 'https://x.example', jwks_uri: issuer },
    });
    answers.set('/', { status: 200, body: { keys: [] } });
    expect(await problems(peer())).toEqual([
      ['issuer_differs', undefined],
      ['no_keys', undefined],
    ]);
    const away = peer({ issuer: 'https://127.0.0.2:1' });
    expect(await problems(away)).toEqual([['unreachable', 'connection_refused']]);
  });

  it('all of whose keys were dropped is told from one without keys', async () => {
    expect(await problems(peer({ droppedKeys: ['k1'] }))).toEqual([['keys_dropped', undefined]]);
    expect(await problems(peer({ droppedKeys: ['k2'] }))).toEqual([]);
  });

  it('shows when its keys and the certificate of its address end', async () => {
    const { credentials } = await lookAtPeer(outbound, peer());
    const host = new URL(issuer).host;
    const keyEnd = new Date(1_900_000_000_000);
    expect(credentials).toEqual([
      { kind: 'signingKey', name: 'k1', expiresAt: keyEnd },
      { kind: 'certificate', name: host, expiresAt: expect.any(Date) },
    ]);
    const dayBefore = new Date(keyEnd.getTime() - 86_400_000);
    const soon = endingSoon(credentials, dayBefore).map(({ name, days }) => [name, days]);
    expect(soon).toContainEqual(['k1', 1]);
  });

  it('of a dialect is asked at each host, where an answer of any kind will do but a failure', async () => {
    const { connection } = samplePeer();
    const addresses = { authorize: `${issuer}/authorize`, token: `${issuer}/token` };
    const dialect = (of: Record<string, string>) =>
      peer({ connection: { ...connection, protocol: 'tif', addresses: of } });
    expect(await problems(dialect({}))).toEqual([['nothing_to_ask', undefined]]);
    expect(await problems(dialect(addresses))).toEqual([]);
    answers.set('/token', { status: 302, body: {} });
    expect(await problems(dialect(addresses))).toEqual([]);
    answers.set('/token', { status: 500, body: {} });
    expect(await problems(dialect(addresses))).toEqual([['unreachable', 'http_500']]);
  });
});
