// The population register asked about a family: is this person the child's guardian by the household
// register 户口登记? JSON over HTTPS, one request a check; an answer that does not fit its question or
// itself counts as none.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Outbound } from '../platform/outbound.ts';
import type { PopulationConfig } from '../platform/verification-config.ts';
import { ContradictoryAnswer, SourceFailure } from '../verification/connector-runner.ts';
import type { CallFailure, ConnectorRunner } from '../verification/connector-runner.ts';
import type { IdentityClaim } from '../verification/provider.ts';

/** `unknown`: it does not know one of the two, or nothing of the child's family. */
export type RelationAnswer =
  | { outcome: 'match' | 'no_match' | 'unknown'; resultCode: string; reference: string }
  | CallFailure;

const answerSchema = z.object({
  request_id: z.string().max(100),
  code: z.enum(['00', '01', '02']),
  relation: z.enum(['match', 'no_match', 'unknown']),
});

const EXPECTED = { '00': 'match', '01': 'no_match', '02': 'unknown' } as const;

export class HouseholdRegister {
  readonly #deps: { outbound: Pick<Outbound, 'fetch'>; runner: ConnectorRunner };
  readonly #config: PopulationConfig & { relationUrl: string };

  constructor(
    deps: { outbound: Pick<Outbound, 'fetch'>; runner: ConnectorRunner },
    config: PopulationConfig & { relationUrl: string },
  ) {
    this.#deps = deps;
    this.#config = config;
  }

  async ask(guardian: IdentityClaim, child: IdentityClaim): Promise<RelationAnswer> {
    const reference = randomUUID();
    const question = { request_id: reference, guardian: asked(guardian), child: asked(child) };
    const result = await this.#deps.runner.run((signal) => this.#ask(question, signal));
    if (result.outcome !== 'answered') return result;
    return { outcome: EXPECTED[result.value], resultCode: result.value, reference };
  }

  async #ask(question: { request_id: string }, signal: AbortSignal) {
    const response = await this.#deps.outbound.fetch(this.#config.relationUrl, {
      method: 'POST',
      signal,
      headers: {
        authorization: `Bearer ${this.#config.key}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify(question),
    });
    if (response.status !== 200) throw new SourceFailure(String(response.status));
    const parsed = answerSchema.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) throw new ContradictoryAnswer('not an answer');
    const { request_id, code, relation } = parsed.data;
    if (request_id !== question.request_id || relation !== EXPECTED[code]) {
      throw new ContradictoryAnswer(code);
    }
    return code;
  }
}

function asked({ name, certificate }: IdentityClaim) {
  return { name, certificate_type: certificate.type, certificate_number: certificate.number };
}
