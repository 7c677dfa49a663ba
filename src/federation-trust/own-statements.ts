// What we say: of ourselves to everybody, and as a hub of those below us. Signed when it is asked for, with
// the federation key alone.
import { CompactSign, importJWK } from 'jose';
import type { CompactJWSHeaderParameters } from 'jose';
import type { SigningJwk } from '../keys/signing-key.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { FederationConfig } from '../platform/federation-config.ts';
import { federationPaths } from './federation-paths.ts';
import type { HeldTrustMark } from './entity-statement.ts';
import { STATEMENT_TYPE } from './read-statement.ts';
import { statedTerms } from './subordinate.ts';
import type { Subordinate } from './subordinate.ts';
import { TRUST_MARK_TYPE } from './trust-marks.ts';

/** The signing one first. */
export interface OwnKeys {
  readonly jwks: { keys: readonly SigningJwk[] };
}

export interface OwnStatementsDependencies {
  issuer: string;
  config: FederationConfig;
  clock: Clock;
  keys: OwnKeys;
  /** Of our roles: `openid_provider`, `openid_relying_party`. */
  roles(): Promise<Record<string, object>>;
  heldMarks(): readonly HeldTrustMark[];
}

export class OwnStatements {
  readonly #deps: OwnStatementsDependencies;

  constructor(deps: OwnStatementsDependencies) {
    this.#deps = deps;
  }

  /** The entity configuration. */
  async ofUs(): Promise<string> {
    const { config, issuer } = this.#deps;
    const { authorityHints, trustMarkIssuers } = config;
    const marks = this.#deps.heldMarks();
    return this.sign(STATEMENT_TYPE, {
      ...this.#life(issuer),
      jwks: { keys: this.#deps.keys.jwks.keys.map(publicKey) },
      metadata: { federation_entity: this.#entity(), ...(await this.#deps.roles()) },
      ...(authorityHints.length > 0 ? { authority_hints: authorityHints } : {}),
      ...(marks.length > 0 ? { trust_marks: marks } : {}),
      ...(Object.keys(trustMarkIssuers).length > 0 ? { trust_mark_issuers: trustMarkIssuers } : {}),
    });
  }

  ofSubordinate({ entityId, keys, terms }: Subordinate): Promise<string> {
    return this.sign(STATEMENT_TYPE, {
      ...this.#life(entityId),
      jwks: keys,
      ...statedTerms(terms),
      source_endpoint: `${this.#deps.issuer}${federationPaths.fetch}`,
    });
  }

  trustMark({ entityId }: Subordinate, type: string): Promise<string> {
    return this.sign(TRUST_MARK_TYPE, { ...this.#life(entityId), trust_mark_type: type });
  }

  /** @param type the header parameter `typ` */
  async sign(type: string, claims: object): Promise<string> {
    const [key] = this.#deps.keys.jwks.keys;
    if (!key) throw new Error('there is no federation key');
    const { alg = 'ES256', kid } = key;
    const header: CompactJWSHeaderParameters = { alg, kid, typ: type };
    return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader(header)
      .sign(await importJWK(key, alg));
  }

  #life(subject: string): { iss: string; sub: string; iat: number; exp: number } {
    const { issuer, clock, config } = this.#deps;
    const iat = epochSeconds(clock);
    return { iss: issuer, sub: subject, iat, exp: iat + config.statementSeconds };
  }

  #entity(): object {
    const { issuer, config } = this.#deps;
    const { organizationName: names, contacts } = config;
    const at = (path: string) => `${issuer}${path}`;
    const { fetch, list, resolve, trustMark, trustMarkStatus } = federationPaths;
    return {
      organization_name: names['zh-CN'],
      'organization_name#en': names.en,
      ...(contacts.length > 0 ? { contacts } : {}),
      ...(config.hub
        ? {
            federation_fetch_endpoint: at(fetch),
            federation_list_endpoint: at(list),
            federation_resolve_endpoint: at(resolve),
            federation_trust_mark_endpoint: at(trustMark),
            federation_trust_mark_status_endpoint: at(trustMarkStatus),
          }
        : {}),
    };
  }
}

const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use'] as const;

/** Named one by one: a private member could never slip through. */
export function publicKey(key: SigningJwk): { kty: string; kid: string } {
  const present = PUBLIC_MEMBERS.flatMap((name) =>
    key[name] === undefined ? [] : [[name, key[name]] as const],
  );
  return { ...Object.fromEntries(present), kty: key.kty ?? '', kid: key.kid };
}
