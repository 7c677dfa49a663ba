// Where a stranger is at home: asked of the hub with a ticket for this sign-in. The answer names a platform
// whether or not the person is registered anywhere; only signing in there tells.
import { compactDecrypt, createLocalJWKSet, jwtVerify } from 'jose';
import type { JWK } from 'jose';
import { z } from 'zod';
import type { Certificate } from '../../accounts/identity-number.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { Clock } from '../../platform/clock.ts';
import { Gathering } from '../../platform/gathering.ts';
import type { Logger } from '../../platform/logger.ts';
import {
  ANSWER_TYPE,
  LOOKUPS_PATH,
  lookupAnswersSchema,
  MOST_LOOKUPS,
  TICKETS_PATH,
  ticketsAnswerSchema,
} from '../hub/hub-interface.ts';
import type { FoundBy } from '../recognition-index.ts';
import { imported } from '../signed-request.ts';
import { parseJson } from './index-computer.ts';
import type { IndexComputer } from './index-computer.ts';
import type { ServiceClient, ServiceFailure } from './service-client.ts';

export interface HomePlatform {
  id: string;
  /** Where its people sign in. */
  issuer: string;
}

export type FoundHome =
  | { ok: true; homePlatform: HomePlatform }
  /**
   * `wrong_key`: the key holder or the hub did not prove who it is. `none`: there is no other platform.
   */
  | { ok: false; reason: 'unavailable' | 'refused' | 'wrong_key' | 'none' };

export type FindHome = HomeFinder['findHome'];

export interface FindHomeDependencies {
  platformId: string;
  hub: ServiceClient;
  computer: IndexComputer;
  decryptionKey: JWK;
  audit: AuditLog;
  clock: Clock;
  logger: Logger;
}

type Ticket = { ok: true; ticket: string } | { ok: false; reason: ServiceFailure };
type Asked = FoundBy & { ticket: string; trace_id: string };
type Answers = z.output<typeof lookupAnswersSchema>['answers'];

/** Rounds of lookups on their way at once: who comes meanwhile goes with the next. */
const ROUNDS_AT_ONCE = 4;
const KEYS_KEPT_MS = 60_000;
const JWKS_PATH = '/oauth2/jwks';
const jwksSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

export class HomeFinder {
  readonly #deps: FindHomeDependencies;
  readonly #tickets: Gathering<string, Ticket>;
  readonly #lookups: Gathering<Asked, HomePlatform | ServiceFailure | 'wrong_key' | 'none'>;
  #keys: { keySet: ReturnType<typeof createLocalJWKSet>; readAt: number } | undefined;

  constructor(deps: FindHomeDependencies) {
    this.#deps = deps;
    const rounds = { maxItems: MOST_LOOKUPS, maxRunning: ROUNDS_AT_ONCE };
    this.#tickets = new Gathering({ ...rounds, run: (traces) => this.#takeTickets(traces) });
    this.#lookups = new Gathering({ ...rounds, run: (asked) => this.#lookUp(asked) });
  }

  /**
   * @param certificate canonical
   * @param of.traceId 8–64 characters of base64url; in the records of both sides
   */
  async findHome(certificate: Certificate, of: { traceId: string }): Promise<FoundHome> {
    const found = await this.#find(certificate, of.traceId);
    const reason = found.ok ? undefined : found.reason;
    await this.#deps.audit.record({
      type: 'recognition.home_asked',
      actor: 'anonymous',
      reason,
      details: { traceId: of.traceId },
      result: found.ok ? 'done' : 'refused',
    });
    return found;
  }

  async #find(certificate: Certificate, traceId: string): Promise<FoundHome> {
    const epochs = await this.#deps.computer.epochs();
    if (!epochs) return { ok: false, reason: 'unavailable' };
    // No key that is pinned here is in use.
    if (epochs.active === undefined) return { ok: false, reason: 'wrong_key' };
    const [computed, ticket] = await Promise.all([
      this.#deps.computer.compute(epochs.active, [certificate]),
      this.#tickets.add(traceId),
    ]);
    if (!computed.ok) return { ok: false, reason: wordOf(computed.reason) };
    const [foundBy] = computed.found;
    if (!ticket.ok) return { ok: false, reason: wordOf(ticket.reason) };
    if (!foundBy) return { ok: false, reason: 'refused' };
    const asked = { ...foundBy, ticket: ticket.ticket, trace_id: traceId };
    const home = await this.#lookups.add(asked);
    if (typeof home === 'object') return { ok: true, homePlatform: home };
    return { ok: false, reason: home === 'none' ? 'none' : wordOf(home) };
  }

  async #takeTickets(traceIds: readonly string[]): Promise<Ticket[]> {
    const reply = await this.#deps.hub.post(TICKETS_PATH, { trace_ids: traceIds });
    if (!reply.ok) return traceIds.map(() => reply);
    const parsed = ticketsAnswerSchema.safeParse(parseJson(reply.text));
    return traceIds.map((_, place): Ticket => {
      const ticket = parsed.data?.tickets[place];
      return ticket === undefined ? { ok: false, reason: 'refused' } : { ok: true, ticket };
    });
  }

  async #lookUp(
    asked: readonly Asked[],
  ): Promise<(HomePlatform | ServiceFailure | 'wrong_key' | 'none')[]> {
    const reply = await this.#deps.hub.post(LOOKUPS_PATH, { lookups: asked });
    if (!reply.ok) return asked.map(() => reply.reason);
    const answers = await this.#opened(reply.text);
    if (!answers) return asked.map(() => 'wrong_key' as const);
    // In the order of the questions: two of them may have the same trace.
    return asked.map(({ trace_id }, place) => {
      const answer = answers[place];
      return answer?.trace_id === trace_id ? (answer.home ?? 'none') : 'none';
    });
  }

  /** Undefined when it is not for us or not from the hub. */
  async #opened(text: string): Promise<Answers | undefined> {
    const { decryptionKey, platformId, hub, clock, logger } = this.#deps;
    try {
      const { plaintext } = await compactDecrypt(text, await imported(decryptionKey));
      const keySet = await this.#hubKeys();
      const token = Buffer.from(plaintext).toString('utf8');
      const { payload } = await jwtVerify(token, keySet, {
        issuer: hub.address,
        audience: platformId,
        typ: ANSWER_TYPE,
        currentDate: clock.now(),
        clockTolerance: 10,
      });
      const { answers } = lookupAnswersSchema.parse(payload);
      return answers;
    } catch (error) {
      this.#keys = undefined;
      logger.error({ err: error }, 'answer of the recognition hub not believed');
      return undefined;
    }
  }

  async #hubKeys(): Promise<ReturnType<typeof createLocalJWKSet>> {
    const known = this.#keys;
    if (known && performance.now() - known.readAt < KEYS_KEPT_MS) return known.keySet;
    const reply = await this.#deps.hub.get(JWKS_PATH);
    if (!reply.ok) throw new Error('the key set of the hub cannot be read');
    const keySet = createLocalJWKSet(jwksSchema.parse(parseJson(reply.text)));
    this.#keys = { keySet, readAt: performance.now() };
    return keySet;
  }
}

function wordOf(reason: string): 'unavailable' | 'refused' | 'wrong_key' {
  if (reason === 'wrong_key' || reason === 'unavailable') return reason;
  return 'refused';
}
