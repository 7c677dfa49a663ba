// The register of legal entities 法人库: do this code, this name and this legal representative belong
// together, and does the organisation still operate? JSON over HTTPS, one request a check; an answer
// that does not fit its question or itself counts as none.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { LegalEntitySubtype } from '../accounts/account.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { EntityRegisterConfig } from '../platform/verification-config.ts';
import { ContradictoryAnswer, SourceFailure } from '../verification/connector-runner.ts';
import type { CallFailure, ConnectorRunner } from '../verification/connector-runner.ts';
import type { IdentityClaim } from '../verification/provider.ts';

/** 存续, 注销, 吊销. */
export const entityStatuses = ['in_operation', 'cancelled', 'revoked'] as const;
export type EntityStatus = (typeof entityStatuses)[number];

export const registeredSubtypes = [
  'enterprise',
  'individualBusiness',
  'institution',
  'governmentBody',
  'socialOrganization',
  'other',
] as const satisfies readonly LegalEntitySubtype[];
export type RegisteredSubtype = (typeof registeredSubtypes)[number];

export interface EntityQuestion {
  uscc: string;
  name: string;
  representative: IdentityClaim;
}

/** What the register says of an entity that it knows. */
export interface EntityFacts {
  /** As registered; undefined when it has another name than the one that was asked about. */
  name: string | undefined;
  subtype: RegisteredSubtype;
  status: EntityStatus;
  isRepresentative: boolean;
}

export type EntityAnswer =
  | { outcome: 'found'; facts: EntityFacts; resultCode: string; reference: string }
  | { outcome: 'unknown'; resultCode: string; reference: string }
  | CallFailure;

const common = { request_id: z.string().max(100), uscc: z.string().max(18) };
const entry = {
  found: z.literal(true),
  representative_matches: z.boolean(),
  status: z.enum(entityStatuses),
  subtype: z.enum(registeredSubtypes),
};

/** 00 all agree, 01 the name does not, 02 no such code, 03 somebody else represents it. */
const answerSchema = z.discriminatedUnion('code', [
  z.object({
    ...common,
    ...entry,
    code: z.literal('00'),
    name: z.string().min(1).max(200),
    name_matches: z.literal(true),
    representative_matches: z.literal(true),
  }),
  z.object({
    ...common,
    ...entry,
    code: z.literal('03'),
    name: z.string().min(1).max(200),
    name_matches: z.literal(true),
    representative_matches: z.literal(false),
  }),
  z.object({ ...common, ...entry, code: z.literal('01'), name_matches: z.literal(false) }),
  z.object({ ...common, code: z.literal('02'), found: z.literal(false) }),
]);
type Answer = z.infer<typeof answerSchema>;

/** What the register has under a code, now. */
export interface EntityEntry {
  /** Undefined: another name than that of the question; the register does not say which. */
  name: string | undefined;
  status: EntityStatus;
  subtype: RegisteredSubtype;
  /** Undefined: nobody was asked about. */
  isRepresentative: boolean | undefined;
}

export type EntityLook =
  | { outcome: 'found'; entry: EntityEntry }
  | { outcome: 'unknown' }
  /** The register answers only who names somebody. */
  | { outcome: 'not_asked' }
  | CallFailure;

/** Codes as above. */
const entrySchema = z.discriminatedUnion('code', [
  z.object({
    ...common,
    code: z.literal('00'),
    found: z.literal(true),
    name: z.string().min(1).max(200),
    status: z.enum(entityStatuses),
    subtype: z.enum(registeredSubtypes),
    representative_matches: z.boolean().optional(),
  }),
  z.object({ ...common, code: z.literal('02'), found: z.literal(false) }),
]);

interface EntityRegisterDependencies {
  outbound: Pick<Outbound, 'fetch'>;
  runner: ConnectorRunner;
}

export class EntityRegister {
  readonly config: EntityRegisterConfig;
  readonly #deps: EntityRegisterDependencies;

  constructor(deps: EntityRegisterDependencies, config: EntityRegisterConfig) {
    this.#deps = deps;
    this.config = config;
  }

  async check(question: EntityQuestion): Promise<EntityAnswer> {
    const reference = randomUUID();
    const result = await this.#deps.runner.run((signal) => this.#ask(question, reference, signal));
    if (result.outcome !== 'answered') return result;
    const answer = result.value;
    const facts = { resultCode: answer.code, reference };
    if (answer.code === '02') return { outcome: 'unknown', ...facts };
    const { subtype, status, representative_matches: isRepresentative } = answer;
    const name = answer.code === '01' ? undefined : answer.name;
    return { outcome: 'found', facts: { name, subtype, status, isRepresentative }, ...facts };
  }

  /** What stands under the code; whether somebody represents it, where somebody is named. */
  async look(of: {
    uscc: string;
    name: string;
    representative: IdentityClaim | undefined;
  }): Promise<EntityLook> {
    const { uscc, name, representative } = of;
    const { entryUrl } = this.config;
    if (entryUrl !== undefined) return this.#lookUp(entryUrl, { uscc, representative });
    if (!representative) return { outcome: 'not_asked' };
    const answer = await this.check({ uscc, name, representative });
    if (answer.outcome === 'unknown') return { outcome: 'unknown' };
    return answer.outcome === 'found' ? { outcome: 'found', entry: answer.facts } : answer;
  }

  async #lookUp(
    url: string,
    { uscc, representative }: { uscc: string; representative: IdentityClaim | undefined },
  ): Promise<EntityLook> {
    const reference = randomUUID();
    const question = { request_id: reference, uscc, ...representativeOf(representative) };
    const result = await this.#deps.runner.run(async (signal) => {
      const parsed = entrySchema.safeParse(await this.#post(url, question, signal));
      const isMeant = parsed.data?.request_id === reference && parsed.data.uscc === uscc;
      if (!parsed.success || !isMeant) throw new ContradictoryAnswer('not an answer');
      const { data: answer } = parsed;
      const isSilent = answer.found && answer.representative_matches === undefined;
      if (representative && isSilent) throw new ContradictoryAnswer('not all was answered');
      return answer;
    });
    if (result.outcome !== 'answered') return result;
    if (!result.value.found) return { outcome: 'unknown' };
    const { name, status, subtype, representative_matches: matches } = result.value;
    const isRepresentative = representative ? matches : undefined;
    return { outcome: 'found', entry: { name, status, subtype, isRepresentative } };
  }

  async #post(url: string, question: object, signal: AbortSignal): Promise<unknown> {
    const response = await this.#deps.outbound.fetch(url, {
      method: 'POST',
      signal,
      headers: {
        authorization: `Bearer ${this.config.key}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify(question),
    });
    if (response.status !== 200) throw new SourceFailure(String(response.status));
    return response.json().catch(() => undefined);
  }

  async #ask(question: EntityQuestion, reference: string, signal: AbortSignal): Promise<Answer> {
    const { uscc, name, representative } = question;
    const asked = { request_id: reference, uscc, name, ...representativeOf(representative) };
    const parsed = answerSchema.safeParse(await this.#post(this.config.url, asked, signal));
    if (!parsed.success) throw new ContradictoryAnswer('not an answer');
    const { data: answer } = parsed;
    const isOfName = !('name' in answer) || plainEntityName(answer.name) === plainEntityName(name);
    if (answer.request_id !== reference || answer.uscc !== uscc || !isOfName) {
      throw new ContradictoryAnswer(answer.code);
    }
    return answer;
  }
}

function representativeOf(representative: IdentityClaim | undefined) {
  if (!representative) return {};
  const { name, certificate } = representative;
  const { type, number } = certificate;
  return { representative: { name, certificate_type: type, certificate_number: number } };
}

/** Brackets, letters and spaces are typed in many ways; two spellings of one name are alike. */
export function plainEntityName(name: string): string {
  return name.normalize('NFKC').replaceAll(/\s/gu, '').toLowerCase();
}
