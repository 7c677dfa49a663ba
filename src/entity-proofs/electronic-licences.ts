// A licence that a person presents for an organisation: begun by a sign-in, looked after, used once.
// Who presents it has to be who is signed in, so that a QR code shown to somebody else gives nothing.
import { randomInt } from 'node:crypto';
import type { Account } from '../accounts/account.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { canonicalName } from '../verification/canonical-name.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import type { EntityProof } from './entity-proof.ts';
import type { LicencePlatform, LicencePurpose, PresentedLicence } from './licence-platform.ts';
import type {
  LicenceRequest,
  LicenceRequester,
  LicenceRequestStore,
} from './licence-request-store.ts';

export type LicenceProblem =
  /** Nobody has presented one yet. */
  | 'waiting'
  | 'declined'
  /** Too late, used, or of another sign-in. */
  | 'over'
  | 'platform_unavailable'
  /** Presented by somebody else than who is signed in. */
  | 'presenter_differs'
  /** Of another organisation than the one it is about. */
  | 'other_organisation'
  /** Who may only handle single matters with it. */
  | 'role_insufficient';

export type LicenceOutcome =
  | { ok: true; proof: EntityProof }
  | { ok: false; reason: LicenceProblem };

/** Of an organisation that signs in by itself: whoever holds it counts as the platform names them. */
export type SigningInOutcome =
  | { ok: true; licence: PresentedLicence }
  | { ok: false; reason: LicenceProblem };

interface ElectronicLicencesDependencies {
  clock: Clock;
  random: Random;
  platform: LicencePlatform;
  requests: LicenceRequestStore;
}

const DAY_SECONDS = 86_400;

export class ElectronicLicences {
  readonly #deps: ElectronicLicencesDependencies;

  constructor(deps: ElectronicLicencesDependencies) {
    this.#deps = deps;
  }

  get cap(): number {
    return this.#deps.platform.config.cap;
  }

  /** @returns the state by which the page finds it; undefined when the platform does not answer */
  async begin(
    by: LicenceRequester,
    entityId: string | undefined,
    purpose?: LicencePurpose,
  ): Promise<string | undefined> {
    const { random, platform, requests } = this.#deps;
    const [state, nonce] = [random.id(256), random.id(256)];
    const number = String(randomInt(10, 100));
    const begun = await platform.begin({ nonce, number, ...(purpose ? { purpose } : {}) });
    if (begun.outcome !== 'answered') return undefined;
    const { handle, page } = begun.value;
    const about = entityId === undefined ? {} : { entityId };
    await requests.insert(state, by, { handle, nonce, number, page: page.href, ...about });
    return state;
  }

  find(state: string, by: LicenceRequester): Promise<LicenceRequest | undefined> {
    return this.#deps.requests.find(state, by);
  }

  use(state: string, by: LicenceRequester): Promise<boolean> {
    return this.#deps.requests.use(state, by);
  }

  /** Nothing is used up: the caller uses the request before it acts on the proof. */
  async check(
    { handle, nonce }: LicenceRequest,
    { person, uscc }: { person: Account; uscc: string | undefined },
  ): Promise<LicenceOutcome> {
    const presented = await this.#presented({ handle, nonce });
    if (!presented.ok) return presented;
    const { licence } = presented;
    const problem = problemOf(licence, { person, uscc });
    if (problem) return { ok: false, reason: problem };
    const { cap, validDays } = this.#deps.platform.config;
    const proof: EntityProof = {
      source: 'licence',
      grade: 'A',
      cap,
      uscc: licence.uscc,
      name: licence.name,
      resultCode: licence.code,
      reference: licence.reference,
      ...(validDays === undefined
        ? {}
        : { expiresAt: secondsFromNow(this.#deps.clock, validDays * DAY_SECONDS) }),
    };
    return { ok: true, proof };
  }

  /** The same where nobody is signed in. */
  async checkSigningIn(request: LicenceRequest): Promise<SigningInOutcome> {
    const presented = await this.#presented(request);
    if (!presented.ok) return presented;
    const isHandler = presented.licence.role === 'handler';
    return isHandler ? { ok: false, reason: 'role_insufficient' } : presented;
  }

  async #presented(request: Pick<LicenceRequest, 'handle' | 'nonce'>): Promise<SigningInOutcome> {
    const asked = await this.#deps.platform.result(request.handle, request.nonce);
    if (asked.outcome !== 'answered') return { ok: false, reason: 'platform_unavailable' };
    const result = asked.value;
    if (result.state !== 'presented') return { ok: false, reason: result.state };
    return { ok: true, licence: result.licence };
  }
}

function problemOf(
  { presenter, role, uscc }: PresentedLicence,
  of: { person: Account; uscc: string | undefined },
): LicenceProblem | undefined {
  const own = verifiedClaim(of.person);
  const isOwn =
    own?.certificate.number === presenter.number.toUpperCase() &&
    own.name === canonicalName(presenter.name);
  if (!isOwn) return 'presenter_differs';
  if (of.uscc !== undefined && of.uscc !== uscc) return 'other_organisation';
  return role === 'handler' ? 'role_insufficient' : undefined;
}
