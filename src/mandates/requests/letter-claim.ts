// What staff compare a letter of authority with: what was asked for, whom the accounts here have as
// the organisation's legal representative, and what the register says of him.
import { cityDate } from '../../accounts/age.ts';
import type { Clock } from '../../platform/clock.ts';
import { defaultLocale } from '../../platform/http/locale.ts';
import type { Words } from '../../platform/http/locale.ts';
import { toldBy } from '../../legal-entities/check-entity.ts';
import type { EntityRegister } from '../../legal-entities/entity-register.ts';
import type { FieldTexts, ReviewCase, SourceAnswer } from '../../review/review-case.ts';
import { verifiedClaim } from '../../verification/compare-face.ts';
import { namedClients, namedServices } from '../mandate-choices.ts';
import type { ChoiceDependencies } from '../mandate-choices.ts';
import { shownEnd } from '../mandate-terms.ts';
import type { HandlerRequest } from './handler-request.ts';
import { leadersOf, namedEntity, representativeOf } from './named-entity.ts';
import type { NamedEntityDependencies, Representative } from './named-entity.ts';

export interface LetterClaimDependencies extends NamedEntityDependencies {
  clock: Clock;
  words: Words;
  choices: ChoiceDependencies;
}

/** In the words of the city: a case is read for longer than a page. */
export function claimedTexts(
  { choices, words }: Pick<LetterClaimDependencies, 'choices' | 'words'>,
  { entity, person, terms }: HandlerRequest,
): FieldTexts {
  const t = (key: string) => words.translate(defaultLocale, key);
  const list = (named: readonly { name: string }[]) =>
    named.map(({ name }) => name).join(t('mandates.comma'));
  const { services, clients, startsAt, expiresAt, isSingleUse } = terms;
  return {
    name: person.name,
    certificateNumber: person.number,
    entityName: entity.name,
    uscc: entity.number,
    mandateServices: services
      ? list(namedServices(choices, services, defaultLocale))
      : t('mandates.all_services'),
    mandateClients: clients
      ? list(namedClients(choices, clients, defaultLocale))
      : t('mandates.all_clients'),
    ...(isSingleUse ? { mandateUse: t('mandates.single_use') } : {}),
    ...(startsAt ? { validFrom: cityDate(startsAt) } : {}),
    ...(expiresAt ? { validUntil: cityDate(shownEnd(expiresAt)) } : {}),
  };
}

/** Whom a decision touches besides who asks: none of them decides. */
export async function involvedIn(
  deps: NamedEntityDependencies,
  { entity: named, personId }: HandlerRequest,
): Promise<string[]> {
  const entity = await namedEntity(deps, named);
  const leaders = await leadersOf(deps, entity);
  const ids = [...(entity ? [entity.id] : []), ...leaders.map(({ holderId }) => holderId)];
  return [...new Set(ids)].filter((id) => id !== personId);
}

/** Who represents it here, and is confirmed by the register again and again. */
export async function saidByAccounts(
  deps: Pick<LetterClaimDependencies, 'clock'> & NamedEntityDependencies,
  { entity, personId }: HandlerRequest,
): Promise<SourceAnswer> {
  const found = await representativeOf(deps, entity, personId);
  const said = { source: 'account', at: deps.clock.now() } as const;
  const values = found && valuesOf(found);
  return values
    ? { ...said, outcome: 'matched', resultCode: 'entity_represented', values }
    : { ...said, outcome: 'not_found', resultCode: 'entity_unknown', values: {} };
}

/** Undefined where nobody verified in person represents it. */
function valuesOf({ entity, account }: Representative): FieldTexts | undefined {
  const claim = verifiedClaim(account);
  if (!claim) return undefined;
  return {
    entityName: entity.name ?? '',
    uscc: entity.uscc ?? '',
    legalRepresentative: claim.name,
    legalRepresentativeNumber: claim.certificate.number,
  };
}

/** Whether who represents it now is whom the reviewers compared the letter with. */
export function isAsCompared(
  { answers, votes }: Pick<ReviewCase, 'answers' | 'votes'>,
  found: Representative,
): boolean {
  const compared = answers.find(({ source }) => source === 'account');
  const now = valuesOf(found);
  if (!compared || !now || !isSamePerson(compared.values, now)) return false;
  // Who voted before that was said had somebody else before him.
  return votes.every(({ at }) => at >= compared.at);
}

function isSamePerson(one: FieldTexts, other: FieldTexts): boolean {
  return (
    one.legalRepresentative === other.legalRepresentative &&
    one.legalRepresentativeNumber === other.legalRepresentativeNumber
  );
}

/** All anew; the register about who represents it here. What is said as before was said then. */
export async function askAgain(
  deps: LetterClaimDependencies & { register: Pick<EntityRegister, 'check'> | undefined },
  request: HandlerRequest,
  former: readonly SourceAnswer[],
): Promise<readonly SourceAnswer[]> {
  const { entity: named, personId } = request;
  const said = await saidByAccounts(deps, request);
  const before = former.find(({ source }) => source === 'account');
  const account = before && isSamePerson(before.values, said.values) ? before : said;
  const found = await representativeOf(deps, named, personId);
  const representative = found && verifiedClaim(found.account);
  if (!deps.register || !representative) return [account];
  const { name, number: uscc } = named;
  const answer = await deps.register.check({ uscc, name, representative });
  const { outcome, resultCode, at } = toldBy(answer, deps.clock.now().toISOString());
  const values = outcome === 'matched' ? account.values : {};
  const told = { source: 'legal_entity_register', outcome, resultCode } as const;
  return [account, { ...told, at: new Date(at), values }];
}
