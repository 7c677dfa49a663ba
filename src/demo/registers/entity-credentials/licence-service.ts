// The platform of electronic licences of the demonstration: no telephone is needed, but a page where
// whoever tries it says who he is, which licence he holds and as what. It signs its results.
import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { z } from 'zod';
import { registeredEntities } from '../legal-entities/companies.ts';
import { registeredPeople } from '../people.ts';

export const licenceHolderRoles = ['legal_representative', 'manager', 'handler'] as const;

export const licenceRequestSchema = z.object({
  client_id: z.string().min(1).max(100),
  nonce: z.string().min(16).max(200),
  number: z.string().regex(/^\d{2}$/u),
});

export const presentationSchema = z.object({
  request: z.string().max(200),
  uscc: z.string().max(18),
  presenter: z.string().max(50),
  role: z.enum(licenceHolderRoles),
  decision: z.enum(['present', 'decline']),
});
type Presentation = z.infer<typeof presentationSchema>;

export type LicenceRequest = z.infer<typeof licenceRequestSchema> & {
  readonly expiresAt: number;
  presentation?: Presentation;
};

const LIFETIME_SECONDS = 300;
const MAX_KEPT = 1000;

export class LicenceService {
  readonly issuer: string;
  readonly kid = randomBytes(8).toString('hex');
  readonly #keys: { publicKey: CryptoKey; privateKey: CryptoKey };
  readonly #requests = new Map<string, LicenceRequest>();

  private constructor(issuer: string, keys: { publicKey: CryptoKey; privateKey: CryptoKey }) {
    this.issuer = issuer;
    this.#keys = keys;
  }

  static async create(issuer: string): Promise<LicenceService> {
    return new LicenceService(issuer, await generateKeyPair('ES256'));
  }

  async publicJwk(): Promise<JWK> {
    const jwk = await exportJWK(this.#keys.publicKey);
    return { ...jwk, kid: this.kid, alg: 'ES256', use: 'sig' };
  }

  begin(request: z.infer<typeof licenceRequestSchema>): string {
    const handle = randomBytes(24).toString('base64url');
    this.#requests.set(handle, { ...request, expiresAt: Date.now() + LIFETIME_SECONDS * 1000 });
    const [oldest] = this.#requests.keys();
    if (this.#requests.size > MAX_KEPT && oldest !== undefined) this.#requests.delete(oldest);
    return handle;
  }

  /** Not presented and not over. */
  open(handle: string): LicenceRequest | undefined {
    const found = this.find(handle);
    return found?.presentation ? undefined : found;
  }

  find(handle: string): LicenceRequest | undefined {
    const found = this.#requests.get(handle);
    return found && found.expiresAt > Date.now() ? found : undefined;
  }

  /** @param lie `forged`: with a key that nobody publishes; `mixed`: of another request */
  async sign(handle: string, request: LicenceRequest, lie?: 'forged' | 'mixed'): Promise<string> {
    const { presentation, client_id } = request;
    const entity = registeredEntities.find(({ uscc }) => uscc === presentation?.uscc);
    const person = registeredPeople.find(({ number }) => number === presentation?.presenter);
    if (!presentation || !entity || !person) throw new Error('nothing was presented');
    const { privateKey } = lie === 'forged' ? await generateKeyPair('ES256') : this.#keys;
    return new SignJWT({
      nonce: lie === 'mixed' ? 'of another request' : request.nonce,
      handle,
      uscc: entity.uscc,
      entity_name: entity.name,
      holder_role: presentation.role,
      presenter_name: person.name,
      presenter_number: person.number,
      code: 'L00',
    })
      .setProtectedHeader({ alg: 'ES256', kid: this.kid, typ: 'licence-result+jwt' })
      .setIssuer(this.issuer)
      .setAudience(client_id)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS}s`)
      .setJti(randomBytes(16).toString('base64url'))
      .sign(privateKey);
  }
}
