// A register that compares elements of an identity: the population register 人口库 and social security
// 社保 (name and number), the operator (and phone), the bank (and phone and card). JSON over HTTPS, one
// request a check; an answer that does not fit its question or itself counts as none.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Outbound } from '../platform/outbound.ts';
import type { ElementSource, SourceConfig } from '../platform/verification-config.ts';
import { ContradictoryAnswer, SourceFailure } from './connector-runner.ts';
import type { ConnectorRunner } from './connector-runner.ts';
import { elementCodes, extraElements } from './provider.ts';
import type {
  CheckOutcome,
  ElementCode,
  ExtraElement,
  ExtraElements,
  IdentityClaim,
  VerificationProvider,
} from './provider.ts';

const answerSchema = z.object({
  request_id: z.string().max(100),
  code: z.enum(elementCodes),
  found: z.boolean(),
  name_matches: z.boolean(),
  /** Of the sources that compare them. */
  phone_matches: z.boolean().optional(),
  card_matches: z.boolean().optional(),
});
type Answer = z.infer<typeof answerSchema>;

const DIFFERS: Readonly<Record<ExtraElement, ElementCode>> = { phone: '03', card: '04' };

interface ElementRegisterDependencies {
  outbound: Pick<Outbound, 'fetch'>;
  runner: ConnectorRunner;
}

export class ElementRegister implements VerificationProvider {
  readonly id: ElementSource;
  readonly cap: number;
  readonly #deps: ElementRegisterDependencies;
  readonly #config: SourceConfig;

  constructor(deps: ElementRegisterDependencies, id: ElementSource, config: SourceConfig) {
    this.#deps = deps;
    this.id = id;
    this.#config = config;
    this.cap = config.cap;
  }

  /** @throws RangeError when an element is missing that this source compares */
  async check(claim: IdentityClaim, extra: ExtraElements = {}): Promise<CheckOutcome> {
    const reference = randomUUID();
    const question = { ...this.#questionOf(claim, extra), request_id: reference };
    const result = await this.#deps.runner.run((signal) => this.#ask(question, signal));
    if (result.outcome !== 'answered') return result;
    const resultCode = result.value;
    return { outcome: resultCode === '00' ? 'matched' : 'mismatched', resultCode, reference };
  }

  #questionOf({ name, certificate }: IdentityClaim, extra: ExtraElements) {
    const { phone, card } = extra;
    const asked = extraElements[this.id];
    if (asked.some((element) => extra[element] === undefined)) {
      throw new RangeError(`${this.id} compares ${asked.join(' and ')}`);
    }
    return {
      name,
      certificate_type: certificate.type,
      certificate_number: certificate.number,
      // Nobody is told what he does not compare.
      ...(asked.includes('phone') ? { phone } : {}),
      ...(asked.includes('card') ? { card_number: card } : {}),
    };
  }

  async #ask(question: { request_id: string }, signal: AbortSignal): Promise<ElementCode> {
    const response = await this.#deps.outbound.fetch(this.#config.url, {
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
    const { request_id, code } = parsed.data;
    const isOurs = request_id === question.request_id;
    if (!isOurs || !agreesWithItself(parsed.data, extraElements[this.id])) {
      throw new ContradictoryAnswer(code);
    }
    return code;
  }
}

/** The code is what the single comparisons add up to, and speaks of nothing that was not asked. */
function agreesWithItself(answer: Answer, asked: readonly ExtraElement[]): boolean {
  const { code, found, name_matches } = answer;
  if (code === '01' || code === '02') return found === (code === '01') && !name_matches;
  if (!found || !name_matches) return false;
  const matches = { phone: answer.phone_matches, card: answer.card_matches };
  if (asked.some((element) => matches[element] === undefined)) return false;
  const differing = asked.filter((element) => matches[element] === false);
  return code === '00'
    ? differing.length === 0
    : differing.some((element) => DIFFERS[element] === code);
}
