// An entity of a federation that says what a test wants it to: a hub, a city, or somebody who lies.
import { calculateJwkThumbprint, CompactSign, exportJWK, generateKeyPair, importJWK } from 'jose';
import type { CompactJWSHeaderParameters, JWK } from 'jose';

export type EntityKey = JWK & { kid: string; kty: string };

export class FederationEntity {
  readonly id: string;
  readonly now: () => Date;
  key: EntityKey;

  constructor(id: string, key: EntityKey, now: () => Date) {
    this.id = id;
    this.key = key;
    this.now = now;
  }

  static async create(id: string, now: () => Date = () => new Date()): Promise<FederationEntity> {
    return new FederationEntity(id, await makeEntityKey(), now);
  }

  get keys(): { keys: EntityKey[] } {
    return { keys: [publicPart(this.key)] };
  }

  /** What it says of itself. */
  configuration(claims: object = {}, header: object = {}): Promise<string> {
    return this.sign(
      { ...this.#times(), iss: this.id, sub: this.id, jwks: this.keys, ...claims },
      header,
    );
  }

  /** What it says of another. */
  about(other: FederationEntity, claims: object = {}, header: object = {}): Promise<string> {
    const own = { ...this.#times(), iss: this.id, sub: other.id, jwks: other.keys };
    return this.sign({ ...own, ...claims }, header);
  }

  async sign(claims: object, header: object = {}): Promise<string> {
    const base = { alg: 'ES256', kid: this.key.kid, typ: 'entity-statement+jwt' };
    return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ ...base, ...header } as CompactJWSHeaderParameters)
      .sign(await importJWK(this.key, 'ES256'));
  }

  #times(): { iat: number; exp: number } {
    const iat = Math.floor(this.now().getTime() / 1000);
    return { iat, exp: iat + 3600 };
  }
}

export async function makeEntityKey(): Promise<EntityKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { ...jwk, kty: 'EC', kid, alg: 'ES256' };
}

export function publicPart({ d: _private, ...key }: EntityKey): EntityKey {
  return key;
}
