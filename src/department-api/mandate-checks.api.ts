// `POST /mandate-checks`: may this person act for this organisation now; one question, or up to 100.
import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import type { ClientAccess } from '../oidc/bearer/verify-bearer.ts';
import type { SubjectOf } from '../consent/consent-store.ts';
import { refuse } from './api-problems.ts';
import type { ApiRefusal } from './api-problems.ts';
import { declareRoute } from './api-route.ts';
import type { ApiRoute } from './api-route.ts';
import {
  agencyField,
  certificateField,
  entityIdField,
  idempotencyKeyField,
  instantField,
  personNameField,
  roleField,
  serviceField,
  usccField,
  wireInstant,
} from './api-schemas.ts';
import { toldRoles } from '../mandates/mandate.ts';
import { checkMandate, checkRefusals } from './check-mandate.ts';
import type { CheckDependencies, CheckResult, MandateCheck } from './check-mandate.ts';

export interface MandateChecksDependencies extends CheckDependencies {
  /** What a client calls the accounts of people. */
  personSubjects: (clientId: string) => SubjectOf;
  /** Counted by their outcome. */
  onChecked: (outcome: string) => void;
}

const CHECKS_AT_ONCE = 100;

const checkFields = z
  .strictObject({
    person: z.union([
      z.strictObject({ sub: z.string().min(1).max(200) }),
      z.strictObject({ name: personNameField, certificate: certificateField }),
    ]),
    uscc: usccField,
    sub_account: entityIdField.optional(),
    service: serviceField.optional(),
    use_key: idempotencyKeyField.optional(),
  })
  .meta({ id: 'MandateCheck' });

const checkResult = z
  .discriminatedUnion('allowed', [
    z
      .object({
        allowed: z.literal(true),
        role: roleField,
        mandate_id: z.string().max(100),
        agency: agencyField.optional(),
        services: z.array(serviceField).max(200).optional(),
        expires_at: instantField.optional(),
        single_use: z.boolean(),
        used: z.boolean(),
      })
      .meta({ id: 'MandateAllowed' }),
    z
      .object({ allowed: z.literal(false), reason: z.enum(checkRefusals) })
      .meta({ id: 'MandateRefused' }),
  ])
  .meta({ id: 'MandateCheckResult' });

const batch = z
  .strictObject({ checks: z.array(checkFields).min(1).max(CHECKS_AT_ONCE) })
  .meta({ id: 'MandateCheckBatch' });

const batchResult = z
  .object({ results: z.array(checkResult).max(CHECKS_AT_ONCE) })
  .meta({ id: 'MandateCheckBatchResult' });

const common = {
  method: 'POST',
  token: 'client',
  scope: 'mandates:check',
  status: 200,
  problems: ['service_not_registered', 'certificate_not_approved'],
} as const;

export function mandateCheckRoutes(deps: MandateChecksDependencies): ApiRoute[] {
  return [
    declareRoute({
      ...common,
      path: '/mandate-checks',
      name: 'checkMandate',
      input: { body: checkFields },
      output: checkResult,
      async handle({ access, body, address }) {
        const refusal = refusalOf(access, [['', body]]);
        return refusal ?? { body: await check(deps, { access, address }, body) };
      },
    }),
    declareRoute({
      ...common,
      path: '/mandate-checks/batch',
      name: 'checkMandates',
      input: { body: batch },
      output: batchResult,
      async handle({ access, body: { checks }, address }) {
        const placed = checks.map((each, at) => [`/checks/${at}`, each] as const);
        const refusal = refusalOf(access, placed);
        if (refusal) return refusal;
        const results = checks.map((each) => check(deps, { access, address }, each));
        return { body: { results: await Promise.all(results) } };
      },
    }),
  ];
}

type CheckFields = z.output<typeof checkFields>;

/** What is refused for the client itself, whoever is asked about. */
function refusalOf(
  { client, scopes }: ClientAccess,
  checks: readonly (readonly [string, CheckFields])[],
): ApiRefusal | undefined {
  const byCertificate = checks.filter(([, { person }]) => 'certificate' in person);
  if (byCertificate.length > 0 && !scopes.has('mandates:check-certificate')) {
    return refuse('certificate_not_approved', {
      fields: byCertificate.map(([place]) => ({ at: `#${place}/person`, code: 'not_one_of' })),
      challenge: { scope: 'mandates:check mandates:check-certificate' },
    });
  }
  const foreign = checks.filter(
    ([, { service }]) => service !== undefined && !client.services.includes(service),
  );
  if (foreign.length === 0) return undefined;
  return refuse('service_not_registered', {
    fields: foreign.map(([place]) => ({ at: `#${place}/service`, code: 'not_one_of' })),
  });
}

async function check(
  deps: MandateChecksDependencies,
  { access: { client }, address }: { access: ClientAccess; address: string },
  { person, uscc, service, sub_account: subAccount, use_key: useKey }: CheckFields,
) {
  const subjectOf = deps.personSubjects(client.client_id);
  const asked: MandateCheck = { person, uscc, subAccount, service, useKey };
  const result = await checkMandate(deps, { client, subjectOf, address }, asked);
  deps.onChecked(result.ok ? 'allowed' : result.reason);
  return present(result, (id) => deps.entitySubject(client.client_id, id));
}

function present(result: CheckResult, subjectOf: (accountId: string) => string) {
  if (!result.ok) return { allowed: false as const, reason: result.reason };
  const { role, mandate, agency, services, expiresAt } = result.identity;
  return {
    allowed: true as const,
    role: toldRoles[role],
    mandate_id: mandate.id,
    ...(agency ? { agency: agencyOf(agency, subjectOf) } : {}),
    ...(services ? { services } : {}),
    ...(expiresAt ? { expires_at: wireInstant(expiresAt) } : {}),
    single_use: mandate.isSingleUse === true,
    used: result.isUsed,
  };
}

/** What the register of organisations makes public. */
function agencyOf({ id, uscc, name }: Account, subjectOf: (accountId: string) => string) {
  return {
    id: subjectOf(id),
    ...(uscc === undefined ? {} : { uscc }),
    ...(name === undefined ? {} : { name }),
  };
}
