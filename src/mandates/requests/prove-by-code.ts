// A code to the legal representative of an organisation, with words that say who asks for what and until
// when; who asks types in what he was told. Where nobody here represents it, or the name is wrong, the
// same steps are taken and nothing is sent.
import { VERIFIED_LEVEL } from '../../accounts/account.ts';
import type { Account } from '../../accounts/account.ts';
import { maskNumber } from '../../accounts/masking.ts';
import {
  findContactCode,
  sendContactCode,
  verifyContactCode,
} from '../../credentials/contact-code.ts';
import type {
  CodePlace,
  ContactCodeDependencies,
  SendCodeOutcome,
  VerifyCodeOutcome,
} from '../../credentials/contact-code.ts';
import { defaultLocale, formatInstant } from '../../platform/http/locale.ts';
import type { Words } from '../../platform/http/locale.ts';
import { Overtaken } from '../../platform/overtaken.ts';
import { REPRESENTATIVE_LEVEL } from '../mandate.ts';
import { namedClients, namedServices } from '../mandate-choices.ts';
import type { ChoiceDependencies } from '../mandate-choices.ts';
import { isGrantTaken } from '../mandate-document.ts';
import { shownEnd } from '../mandate-terms.ts';
import type { RequestDependencies } from './ask-to-handle.ts';
import { grantRequested } from './grant-requested.ts';
import type { GrantRefusal } from './grant-requested.ts';
import { isOfApplicant } from './handler-request.ts';
import type { HandlerRequest } from './handler-request.ts';
import { representativeOf } from './named-entity.ts';
import type { Representative } from './named-entity.ts';

export interface CodeProofDependencies extends RequestDependencies {
  codes: ContactCodeDependencies;
  choices: ChoiceDependencies;
  words: Words;
}

/** The open request of this person that is proven by a code. */
export async function requestToProve(
  { requests }: Pick<RequestDependencies, 'requests'>,
  person: Account,
  requestId: string,
): Promise<HandlerRequest | undefined> {
  const request = await requests.find(requestId);
  const isOwn = request?.personId === person.id && isOfApplicant(person, request);
  const isMeant = isOwn && request.way === 'representative' && requests.isOpen(request);
  return isMeant ? request : undefined;
}

/** Whether one may be typed in now, and until when. */
export async function representativeCode(
  { codes }: Pick<CodeProofDependencies, 'codes'>,
  request: HandlerRequest,
): Promise<{ validUntil: Date } | undefined> {
  const found = await findContactCode(codes, placeOf(request));
  return found?.isSpent ? undefined : found;
}

export async function sendRepresentativeCode(
  deps: CodeProofDependencies,
  request: HandlerRequest,
  address: string,
): Promise<SendCodeOutcome> {
  const { codes, budgets } = deps;
  const found = await representativeOf(deps, request.entity, request.personId);
  const contact = found?.contacts[0];
  const counted = contact ? `${contact.channel}:${contact.address}` : `nobody:${request.id}`;
  const key = `code-receiver:handler-contact:${counted}`;
  const own = await budgets.reserve([{ ...codes.limits.codesPerContact, key }]);
  const values = await valuesOf(deps, request, found);
  const sent = await sendContactCode(codes, {
    ...placeOf(request),
    contact: own.ok ? contact : undefined,
    // Not by the receiver: a pause would tell that there is one.
    countedAs: `confirm-handler:${JSON.stringify([request.personId, request.entity.number])}`,
    address,
    // In the words of all messages to who did not ask.
    language: defaultLocale,
    values,
  });
  if (!sent.ok && own.ok) await deps.codes.budgets.giveBack(own.reservations);
  return sent;
}

/** What exactly it grants, and to whom. */
async function valuesOf(
  { choices, words, stopLink, mandateLimits }: CodeProofDependencies,
  { id, person, entity, terms }: HandlerRequest,
  found: Representative | undefined,
): Promise<Record<string, string>> {
  const t = (key: string, values?: Record<string, string | number>) =>
    words.translate(defaultLocale, key, values);
  const list = (named: readonly { name: string }[]) =>
    named.map(({ name }) => name).join(t('mandates.comma'));
  const { services, clients, expiresAt, isSingleUse, startsAt } = terms;
  const what = services
    ? list(namedServices(choices, services, defaultLocale))
    : t('mandates.all_services');
  const where = clients ? list(namedClients(choices, clients, defaultLocale)) : undefined;
  const until = isSingleUse
    ? t('mandates.request.code.once', { count: mandateLimits.singleUseHours })
    : formatInstant(defaultLocale, shownEnd(expiresAt ?? new Date(0)));
  return Promise.resolve({
    who: person.name,
    number: maskNumber(person.number, 'signedIn'),
    entity: found?.entity.name ?? entity.name,
    what: where === undefined ? what : t('mandates.request.code.only_at', { what, where }),
    until:
      startsAt === undefined
        ? until
        : t('mandates.request.code.from', { from: formatInstant(defaultLocale, startsAt), until }),
    link: stopLink(id, found?.account.id ?? ''),
  });
}

export type ProveByCodeOutcome =
  | { ok: true }
  | (VerifyCodeOutcome & { ok: false })
  | { ok: false; reason: GrantRefusal };

export async function proveByCode(
  deps: CodeProofDependencies,
  { request, code, address }: { request: HandlerRequest; code: string; address: string },
): Promise<ProveByCodeOutcome> {
  // Whoever represents it now: what went to a former one is worth nothing.
  const found = await representativeOf(deps, request.entity, request.personId);
  const contacts = found?.contacts ?? [];
  const given = { ...placeOf(request), code, contacts, address };
  const verified = await verifyContactCode(deps.codes, given);
  if (!verified.ok) return verified;
  // A code that was right had somebody to go to.
  if (!found) return { ok: false, reason: 'gone' };
  try {
    const outcome = await deps.database.transaction(async (session) => {
      const { entity, mandate, account } = found;
      const isHeld =
        (await deps.accounts.holdStanding(entity.id, VERIFIED_LEVEL, session)) &&
        (await deps.mandates.hold(mandate.id, session)) &&
        (await deps.accounts.holdStanding(account.id, REPRESENTATIVE_LEVEL, session));
      if (!isHeld) throw new Overtaken('who said yes represents it no more');
      const facts = { request, entity, grantedBy: account.id, proof: 'representative' } as const;
      return grantRequested(deps, session, { ...facts, actor: request.personId, address });
    });
    if (!outcome.ok) return outcome;
    for (const tell of outcome.told) tell();
    return { ok: true };
  } catch (error) {
    if (error instanceof Overtaken || isGrantTaken(error)) return { ok: false, reason: 'gone' };
    throw error;
  }
}

function placeOf({ id, personId }: HandlerRequest): CodePlace {
  return { owner: id, purpose: 'confirm_handler', boundTo: id, actor: personId };
}
