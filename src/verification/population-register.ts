// The population register 人口库: does this name belong to this number? JSON over HTTPS, one
// request a check; an answer that does not fit its question counts as none.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Outbound } from '../platform/outbound.ts';
import type { SourceConfig } from '../platform/verification-config.ts';
import { ContradictoryAnswer, SourceFailure } from './connector-runner.ts';
import type { ConnectorRunner } from './connector-runner.ts';
import type { CheckOutcome, IdentityClaim, VerificationProvider } from './provider.ts';

const answerSchema = z.object({
  request_id: z.string().max(100),
  /** 00 both agree, 01 the name does not, 02 no such number. */
  code: z.enum(['00', '01', '02']),
  found: z.boolean(),
  name_matches: z.boolean(),
});

const EXPECTED = {
  '00': { found: true, nameMatches: true },
  '01': { found: true, nameMatches: false },
  '02': { found: false, nameMatches: false },
} as const;

export class PopulationRegister implements VerificationProvider {
  readonly id = 'population';
  readonly checks = 'name_and_number';
  readonly cap: number;
  readonly #deps: { outbound: Pick<Outbound, 'fetch'>; runner: ConnectorRunner };
  readonly #config: SourceConfig;

  constructor(
    deps: { outbound: Pick<Outbound, 'fetch'>; runner: ConnectorRunner },
    config: SourceConfig,
  ) {
    this.#deps = deps;
    this.#config = config;
    this.cap = config.cap;
  }

  async check(claim: IdentityClaim): Promise<CheckOutcome> {
    const reference = randomUUID();
    const result = await this.#deps.runner.run((signal) => this.#ask(claim, reference, signal));
    if (result.outcome !== 'answered') return result;
    const code = result.value;
    return { outcome: code === '00' ? 'matched' : 'mismatched', resultCode: code, reference };
  }

  async #ask({ name, certificate }: IdentityClaim, reference: string, signal: AbortSignal) {
    const response = await this.#deps.outbound.fetch(this.#config.url, {
      method: 'POST',
      signal,
      headers: {
        authorization: `Bearer ${this.#config.key}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify({
        request_id: reference,
        name,
        certificate_type: certificate.type,
        certificate_number: certificate.number,
      }),
    });
    if (response.status !== 200) throw new SourceFailure(String(response.status));
    const parsed = answerSchema.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) throw new ContradictoryAnswer('not an answer');
    const { request_id, code, found, name_matches } = parsed.data;
    const expected = EXPECTED[code];
    const isConsistent = expected.found === found && expected.nameMatches === name_matches;
    if (request_id !== reference || !isConsistent) throw new ContradictoryAnswer(code);
    return code;
  }
}
