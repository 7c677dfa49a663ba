// The registrations that the load uses, in the form `hutong clients import` reads. A run against a
// server that somebody else started reads the same file.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { BenchAccount, BenchClient } from './target.ts';

/** A session holds a part for each of them once all were visited. */
const WEB_CLIENTS = 6;

export function registrations(algorithm: string) {
  const web = Array.from({ length: WEB_CLIENTS }, (_, number) => ({
    client_id: `bench-web-${number + 1}`,
    client_name: `Bench web ${number + 1}`,
    client_secret: `bench-web-secret-0123456789abcdef-${number + 1}`,
    client_uri: `https://web-${number + 1}.bench.example/`,
    redirect_uris: [`https://web-${number + 1}.bench.example/callback`],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: 'openid profile',
    consent: 'notice',
    id_token_signed_response_alg: algorithm,
  }));
  const machine = {
    client_id: 'bench-machine',
    client_name: 'Bench machine',
    client_secret: 'bench-machine-secret-0123456789abcdef',
    grant_types: ['client_credentials'],
    access_token_resource: 'urn:bench:api',
    services: ['read'],
  };
  return [...web, machine];
}

const registrationSchema = z.array(
  z.looseObject({
    client_id: z.string(),
    client_secret: z.string(),
    redirect_uris: z.array(z.string()).default([]),
    grant_types: z.array(z.string()),
  }),
);

/** @param given what `registrations` makes */
export function benchClients(given: unknown): { web: BenchClient[]; machine: BenchClient } {
  const all = registrationSchema.parse(given).map((each) => ({
    id: each.client_id,
    secret: each.client_secret,
    redirectUri: each.redirect_uris[0] ?? '',
    isWeb: each.grant_types.includes('authorization_code'),
  }));
  const machine = all.find(({ isWeb }) => !isWeb);
  if (!machine) throw new Error('there is no client with client_credentials only');
  return { web: all.filter(({ isWeb }) => isWeb), machine };
}

/** The first two columns: login, password. */
export async function readAccounts(file: string, most = 100_000): Promise<BenchAccount[]> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n').slice(1);
  // Spread over the file, so that a large database is not read at one end only.
  const step = Math.max(1, Math.floor(lines.length / most));
  return lines
    .filter((_, index) => index % step === 0)
    .map((line) => {
      const [login = '', password = ''] = line.split(',');
      return { login, password };
    });
}
