// The certification authority and the certificate tool of the demonstration behind real HTTP.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Authority,
  createAuthority,
} from '../../src/demo/registers/entity-credentials/authority.ts';
import type { CertificateRequest } from '../../src/demo/registers/entity-credentials/authority.ts';
import { signDetached } from '../../src/demo/registers/entity-credentials/detached-signature.ts';
import { createEntityCredentials } from '../../src/demo/registers/entity-credentials/entity-credentials.ts';
import type { FaultMode } from '../../src/demo/registers/faults.ts';

const KEY = 'the key of the licences of a test';
const LICENCE_ISSUER = 'https://licence.example';

export type EntityCredentials = Awaited<ReturnType<typeof startEntityCredentials>>;

export async function startEntityCredentials() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const listUrl = `${url}/revoked.crl`;
  const material = await createAuthority();
  const authority = await Authority.open(material);
  const app = await createEntityCredentials({
    authority: material,
    listUrl,
    licenceIssuer: LICENCE_ISSUER,
    key: KEY,
    publicUrl: url,
    log: () => undefined,
  });
  const handle = app.callback();
  server.on('request', (request, response) => void handle(request, response));
  return {
    url,
    listUrl,
    authority,
    material,
    /** For `startRegisters`. */
    sources: {
      certificate: {
        cap: 4,
        authorities: [material.root],
        dailyBudget: 100_000,
        timeoutMs: 1000,
        crlMaxAgeSeconds: 1,
        breaker: { failures: 1000 },
      },
      licence: {
        cap: 4,
        url: `${url}/licence/`,
        issuer: LICENCE_ISSUER,
        clientId: 'hutong',
        key: KEY,
        dailyBudget: 100_000,
        timeoutMs: 1000,
        breaker: { failures: 1000 },
      },
    },
    policy: [{ level: 4, anyOf: [{ count: 1, of: ['certificate', 'licence'] }] }],
    async sign(text: string, request: CertificateRequest, by = authority): Promise<string> {
      return signDetached(text, await by.issue({ crlUrl: listUrl, ...request }));
    },
    /** By the tool's own page, as people do. */
    async signByTool(text: string, form: { uscc: string; kind: string }): Promise<string> {
      const response = await fetch(`${url}/sign`, {
        method: 'POST',
        body: new URLSearchParams({ text, ...form }),
      });
      const page = await response.text();
      const found = /-----BEGIN PKCS7-----[^<]+-----END PKCS7-----/u.exec(page)?.[0];
      if (!found) throw new Error('the tool did not sign');
      return found;
    },
    /** As who holds the licence does on a telephone. */
    async presentLicence(page: string, form: Record<string, string>): Promise<string> {
      const request = new URL(page).searchParams.get('request') ?? '';
      const shown = await (await fetch(page)).text();
      const decided = { request, role: 'legal_representative', decision: 'present', ...form };
      await fetch(`${url}/licence/present`, { method: 'POST', body: new URLSearchParams(decided) });
      return /id="match-number">(\d\d)</u.exec(shown)?.[1] ?? '';
    },
    async setFault(mode: FaultMode): Promise<void> {
      await fetch(`${url}/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ mode }),
      });
    },
    stop(): void {
      server.close().closeAllConnections();
    },
  };
}
