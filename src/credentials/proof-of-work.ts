// A proof of work after failures: the browser computes for a second (ALTCHA), or, without script,
// the person waits visibly and sends the form again. Each proof is good for one attempt; waits
// that ran at the same time in one place are one wait, however many pages were loaded.
import { createChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type { Challenge } from 'altcha-lib/types';
import { randomInt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Random } from '../platform/random.ts';
import { addressScope } from './sign-in-budgets.ts';
import type { SpentProofStore } from './spent-proof-store.ts';

export interface ProofChallenge {
  /** For the widget: the JSON of its `challenge`. */
  challenge: Challenge;
  /** For a hidden field of the form, good after `waitSeconds` without any script. */
  waitTicket: string;
  waitSeconds: number;
}

/** What a form brought along; over-long and malformed values are refused like wrong ones. */
export interface GivenProof {
  /** The widget's payload (base64 of JSON). */
  altcha?: string | undefined;
  waitTicket?: string | undefined;
}

export type ProofOutcome =
  | { ok: true }
  | { ok: false; reason: 'proof_missing' | 'proof_invalid' | 'proof_spent' }
  | { ok: false; reason: 'proof_too_early'; waitSeconds: number };

interface ProofDependencies {
  keyring: Keyring;
  clock: Clock;
  random: Random;
  spent: SpentProofStore;
}

const ALGORITHM = 'PBKDF2/SHA-256';
const ITERATIONS = 1000;
const BASE_COUNTER = 500;
const MAX_DIFFICULTY = 5;
const VALID_SECONDS = 1200;
const WAIT_SECONDS = 20;
const MAX_PAYLOAD_LENGTH = 4096;
const SIGNATURE_LABEL = 'credentials.proof-challenge';
const KEY_LABEL = 'credentials.proof-key';
const TICKET_LABEL = 'credentials.wait-ticket';
const TURN_LABEL = 'credentials.wait-turn';

const payloadSchema = z.object({
  challenge: z.object({
    parameters: z.looseObject({
      algorithm: z.literal(ALGORITHM),
      nonce: z.string().max(64),
      salt: z.string().max(64),
      cost: z.number(),
      keyLength: z.number(),
      keyPrefix: z.string().max(64),
      data: z.object({ difficulty: z.number(), expiresAt: z.number() }),
    }),
    signature: z.string().max(128),
  }),
  solution: z.object({ counter: z.number(), derivedKey: z.string().max(128) }),
});

export class ProofOfWork {
  readonly #deps: ProofDependencies;

  constructor(deps: ProofDependencies) {
    this.#deps = deps;
  }

  /** `failures`: how many have been counted beyond what was free; each doubling doubles the work. */
  async createChallenge(of: { address: string; failures: number }): Promise<ProofChallenge> {
    const { keyring, clock } = this.#deps;
    const difficulty = difficultyAfter(of.failures);
    const highest = BASE_COUNTER * 2 ** difficulty;
    const expiresAt = Math.floor(secondsFromNow(clock, VALID_SECONDS).getTime() / 1000);
    const [signatureSecret = ''] = keyring.secrets('cookie', SIGNATURE_LABEL);
    const [keySecret = ''] = keyring.secrets('cookie', KEY_LABEL);
    const challenge = await createChallenge({
      algorithm: ALGORITHM,
      cost: ITERATIONS,
      counter: randomInt(highest / 2, highest),
      deriveKey,
      hmacSignatureSecret: signatureSecret,
      hmacKeySignatureSecret: keySecret,
      // Under our own clock, not in the library's `expiresAt`: that one reads the system's.
      data: { difficulty, expiresAt },
    });
    return { challenge, waitTicket: this.#issueTicket(of.address), waitSeconds: WAIT_SECONDS };
  }

  /** Spends the proof when it is good. `failures` as for the challenge: old cheap ones fall short. */
  async check(given: GivenProof, of: { address: string; failures: number }): Promise<ProofOutcome> {
    if (given.altcha) return this.#checkSolution(given.altcha, difficultyAfter(of.failures));
    if (given.waitTicket) return this.#checkTicket(given.waitTicket, of.address);
    return { ok: false, reason: 'proof_missing' };
  }

  async #checkSolution(text: string, difficulty: number): Promise<ProofOutcome> {
    const payload = parsePayload(text);
    if (!payload) return { ok: false, reason: 'proof_invalid' };
    const { nonce, data } = payload.challenge.parameters;
    if (!(await this.#isSolved(payload))) return { ok: false, reason: 'proof_invalid' };
    const expiresAt = new Date(data.expiresAt * 1000);
    // One step of grace: the failure that raised the difficulty may have come after the page.
    if (expiresAt <= this.#deps.clock.now() || data.difficulty < difficulty - 1) {
      return { ok: false, reason: 'proof_invalid' };
    }
    const isFirst = await this.#deps.spent.spend(`altcha:${nonce}`, expiresAt);
    return isFirst ? { ok: true } : { ok: false, reason: 'proof_spent' };
  }

  async #isSolved({ challenge, solution }: z.infer<typeof payloadSchema>): Promise<boolean> {
    const { keyring } = this.#deps;
    const keySecrets = keyring.secrets('cookie', KEY_LABEL);
    for (const [index, secret] of keyring.secrets('cookie', SIGNATURE_LABEL).entries()) {
      const result = await verifySolution({
        challenge,
        solution,
        deriveKey,
        hmacSignatureSecret: secret,
        hmacKeySignatureSecret: keySecrets[index] ?? '',
      });
      if (result.verified) return true;
    }
    return false;
  }

  #issueTicket(address: string): string {
    const { clock, keyring, random } = this.#deps;
    const notBefore = secondsFromNow(clock, WAIT_SECONDS).getTime();
    const body = `${notBefore}.${random.id()}`;
    const bound = `${body}.${addressScope(address).source}`;
    return `${body}.${keyring.mac('cookie', TICKET_LABEL, bound).toString('base64url')}`;
  }

  async #checkTicket(text: string, address: string): Promise<ProofOutcome> {
    const match = /^(?<notBefore>\d{1,15})\.(?<id>[\w-]{22})\.(?<mac>[\w-]{43})$/u.exec(text);
    if (!match?.groups) return { ok: false, reason: 'proof_invalid' };
    const { notBefore = '', id = '', mac = '' } = match.groups;
    const given = Buffer.from(mac, 'base64url');
    const { keyring, clock } = this.#deps;
    const { source } = addressScope(address);
    const isOurs = keyring
      .macs('cookie', TICKET_LABEL, `${notBefore}.${id}.${source}`)
      .some((expected) => expected.length === given.length && timingSafeEqual(expected, given));
    const readyAt = new Date(Number(notBefore));
    const expiresAt = new Date(readyAt.getTime() + VALID_SECONDS * 1000);
    if (!isOurs || expiresAt < clock.now()) return { ok: false, reason: 'proof_invalid' };
    return readyAt > clock.now()
      ? this.#tooEarly(readyAt)
      : this.#spendTicket({ id, source, expiresAt });
  }

  async #spendTicket(of: { id: string; source: string; expiresAt: Date }): Promise<ProofOutcome> {
    const { spent, keyring, clock } = this.#deps;
    const ticket = `wait:${of.id}`;
    // Looked at first: a form that is sent twice must not cost the place its next turn.
    if (await spent.isSpent(ticket)) return { ok: false, reason: 'proof_spent' };
    const place = keyring.mac('artefactId', TURN_LABEL, of.source).toString('base64url');
    const turn = await spent.takeTurn(place, {
      now: clock.now(),
      nextAt: secondsFromNow(clock, WAIT_SECONDS),
    });
    if (!turn.ok) return this.#tooEarly(turn.freeAt);
    const isFirst = await spent.spend(ticket, of.expiresAt);
    return isFirst ? { ok: true } : { ok: false, reason: 'proof_spent' };
  }

  /** The ticket stays good. */
  #tooEarly(readyAt: Date): ProofOutcome {
    const waitMs = readyAt.getTime() - this.#deps.clock.now().getTime();
    const waitSeconds = Math.max(1, Math.ceil(waitMs / 1000));
    return { ok: false, reason: 'proof_too_early', waitSeconds };
  }
}

function difficultyAfter(failures: number): number {
  return Math.min(MAX_DIFFICULTY, Math.floor(Math.log2(Math.max(1, failures))) + 1);
}

function parsePayload(text: string): z.infer<typeof payloadSchema> | undefined {
  if (text.length > MAX_PAYLOAD_LENGTH) return undefined;
  try {
    const content: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    return payloadSchema.safeParse(content).data;
  } catch {
    return undefined;
  }
}
