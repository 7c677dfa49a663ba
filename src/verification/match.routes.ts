// The comparison of elements: one page for each source, that says who is told what. When a source does
// not answer, the same page offers the others with what was typed.
import { z } from 'zod';
import type { Visitor } from '../account/account-access.ts';
import { isCertificateType } from '../accounts/certificate-types.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import { maskPhone } from '../accounts/masking.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { elementSources } from '../platform/verification-config.ts';
import type { ElementSource } from '../platform/verification-config.ts';
import { answerSourceOf } from './ask-sources.ts';
import { readBankCard } from './bank-card.ts';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';
import { readIdentityForm, RESIDENT_ID, tellsBirthDate } from './identity-form.ts';
import type { TypedIdentity } from './identity-form.ts';
import { matchIdentity, needsConsent } from './match-identity.ts';
import type { MatchOutcome } from './match-identity.ts';
import { mainlandPhone, offeredElements } from './offered-ways.ts';
import { extraElements } from './provider.ts';
import type { IdentityClaim } from './provider.ts';
import type { DraftAnswer } from './review-draft-store.ts';
import {
  canVerify,
  confirmVerified,
  elementPaths,
  showUnfinished,
  verificationFrame,
  verificationPaths,
  verifyingReader,
  verifyingVisitor,
} from './verification-access.ts';
import type { VerificationPageDependencies } from './verification-access.ts';
import type { IdentityFormProblem, MatchState } from './verification.views.ts';

const typedText = z.string().max(200).default('');
const typeText = z.string().max(3).default(RESIDENT_ID);

const matchBody = z.object({
  type: typeText,
  name: typedText,
  number: typedText,
  card: typedText,
  consent: z.literal('yes').optional(),
  /** From the page of another source: what was typed there, and nothing is asked yet. */
  step: z.literal('prefill').optional(),
});
type MatchBody = z.output<typeof matchBody>;

export function matchRoutes(deps: VerificationPageDependencies): Route[] {
  return elementSources.flatMap((source) => routesOf(deps, source));
}

function routesOf(deps: VerificationPageDependencies, source: ElementSource): Route[] {
  const path = elementPaths[source];
  const name = source === 'population' ? 'match' : answerSourceOf[source];
  return [
    defineRoute({
      method: 'GET',
      path,
      name: `verification.${name}_page`,
      input: { query: z.object({ type: typeText }) },
      async handle(ctx, { query }) {
        const visitor = await verifyingReader(deps, ctx, source);
        const typed = { type: knownType(deps, source, query.type), name: '', number: '' };
        if (visitor) await showMatch(deps, ctx, { source, visitor, typed, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path,
      name: `verification.${name}`,
      limiter: 'verification',
      csrf: 'token',
      input: { body: matchBody },
      async handle(ctx, { body }) {
        const visitor = await verifyingVisitor(deps, ctx, source);
        if (!visitor) return;
        const { name: typedName, number, step } = body;
        const typed = { type: knownType(deps, source, body.type), name: typedName, number };
        const page = { source, visitor, typed };
        if (step === 'prefill') await showMatch(deps, ctx, { ...page, errors: [] });
        else await match(deps, ctx, { page, body });
      },
    }),
  ];
}

/** Only what the register knows, and whose number tells the age. */
function knownType(
  { verification }: VerificationPageDependencies,
  source: ElementSource,
  type: string,
): CertificateType {
  const types = verification.registers[source]?.config.certificateTypes ?? [];
  const isKnown = isCertificateType(type) && types.includes(type) && tellsBirthDate(type);
  return isKnown ? type : RESIDENT_ID;
}

interface MatchPage {
  source: ElementSource;
  visitor: Visitor;
  typed: TypedIdentity & { type: CertificateType };
  errors: readonly FieldError<IdentityFormProblem>[];
  state?: MatchState | undefined;
}

async function showMatch(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { source, visitor, typed, errors, state }: MatchPage,
): Promise<void> {
  const can = canVerify(deps, visitor);
  const { verification } = deps;
  const { type, name, number } = typed;
  const { account } = visitor;
  const evidence = await verification.evidence.listOfAccount(account.id);
  const offered = offeredElements(account, {
    ...verification,
    evidence,
    now: verification.clock.now(),
  });
  const phone = mainlandPhone(account);
  const extra = extraElements[source];
  ctx.render(
    'verification/match',
    {
      ...(await verificationFrame(deps, ctx, visitor)),
      form: { action: elementPaths[source], fields: { type } },
      source,
      isResidentId: type === RESIDENT_ID,
      type,
      name,
      number,
      ...(extra.includes('phone') && phone ? { maskedPhone: maskPhone(`+86${phone}`) } : {}),
      hasCard: extra.includes('card'),
      needsConsent: needsConsent(source),
      errors,
      ...(state ? { state } : {}),
      others: offered
        .filter((way) => way.source !== source)
        .map((way) => ({ source: way.source, action: elementPaths[way.source] })),
      hasFace: can.face,
      hasNetwork: can.network,
      hasReview: can.review,
      ...(can.review ? { certificatesHref: verificationPaths.certificates } : {}),
    },
    { status: state === 'unavailable' ? 503 : errors.length > 0 ? 422 : 200 },
  );
}

async function match(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  { page, body }: { page: Omit<MatchPage, 'errors'>; body: MatchBody },
): Promise<void> {
  const { verification } = deps;
  const { source, visitor, typed } = page;
  const now = verification.clock.now();
  const form = readIdentityForm(typed, now);
  const extra = readExtra(source, visitor, body);
  const errors = [...(form.ok ? [] : form.errors), ...extra.errors];
  if (!form.ok || errors.length > 0) return showMatch(deps, ctx, { ...page, errors });
  const { claim, birthDate } = form;
  if (ageAt(birthDate, now) < GUARDIAN_AGE) {
    return showUnfinished(deps, ctx, { visitor, reason: 'minor' });
  }
  const outcome = await matchIdentity(verification, visitor.account, {
    source,
    claim,
    birthDate,
    extra: extra.elements,
    ...(needsConsent(source) ? { consentedAt: now } : {}),
    address: ctx.ip,
  });
  if (outcome.ok && !outcome.isPartial) {
    return confirmVerified(deps, ctx, { visitor, hasRisen: outcome.hasRisen });
  }
  if (outcome.ok) return showNext(deps, ctx, page);
  await keepForReview(deps, visitor, { claim, birthDate, source, reason: outcome.reason, now });
  await showRefusal(deps, ctx, { page, reason: outcome.reason });
}

function readExtra(source: ElementSource, { account }: Visitor, body: MatchBody) {
  const extra = extraElements[source];
  const errors: FieldError<IdentityFormProblem>[] = [];
  const card = extra.includes('card') ? readBankCard(body.card) : undefined;
  if (extra.includes('card') && card === undefined) {
    const isMissing = body.card.trim() === '';
    const key = isMissing ? 'verification.form.card_missing' : 'verification.form.card_wrong';
    errors.push({ field: 'card', key });
  }
  if (needsConsent(source) && !body.consent) {
    errors.push({ field: 'consent', key: 'verification.form.own_consent_missing' });
  }
  return { errors, elements: { card, phone: mainlandPhone(account) } };
}

/** The one that is wanted beside it, with what was typed. */
async function showNext(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  page: Omit<MatchPage, 'errors'>,
): Promise<void> {
  const { verification } = deps;
  const { account } = page.visitor;
  const evidence = await verification.evidence.listOfAccount(account.id);
  const now = verification.clock.now();
  const [next] = offeredElements(account, { ...verification, evidence, now });
  const source = next?.source;
  if (source) return showMatch(deps, ctx, { ...page, source, errors: [], state: 'partial' });
  await confirmVerified(deps, ctx, { visitor: page.visitor, hasRisen: false });
}

async function showRefusal(
  deps: VerificationPageDependencies,
  ctx: HttpContext,
  of: { page: Omit<MatchPage, 'errors'>; reason: (MatchOutcome & { ok: false })['reason'] },
): Promise<void> {
  const { page, reason } = of;
  if (reason === 'mismatched') {
    const key = needsConsent(page.source)
      ? 'verification.form.mismatched_with_phone'
      : 'verification.form.mismatched';
    return showMatch(deps, ctx, { ...page, errors: [{ field: 'name', key }] });
  }
  if (reason === 'unavailable') {
    return showMatch(deps, ctx, { ...page, errors: [], state: 'unavailable' });
  }
  await showUnfinished(deps, ctx, { visitor: page.visitor, reason });
}

interface KeptForReview {
  claim: IdentityClaim;
  birthDate: string;
  source: ElementSource;
  reason: (MatchOutcome & { ok: false })['reason'];
  now: Date;
}

async function keepForReview(
  deps: VerificationPageDependencies,
  visitor: Visitor,
  { claim, birthDate, source, reason, now }: KeptForReview,
): Promise<void> {
  // Two that contradict each other are with the reviewers already.
  if (reason === 'sources_disagree' || !canVerify(deps, visitor).review) return;
  const answer = answerOf(source, reason, now);
  await deps.verification.review?.keepDraft(visitor.account.id, {
    claim,
    birthDate,
    ...(answer ? { answer } : {}),
  });
}

/** What reviewers are told of it, should the person send it to them. */
function answerOf(
  asked: ElementSource,
  resultCode: (MatchOutcome & { ok: false })['reason'],
  at: Date,
): DraftAnswer | undefined {
  const source = answerSourceOf[asked];
  const of = { source, resultCode, at: at.toISOString() } as const;
  switch (resultCode) {
    case 'mismatched':
      return { ...of, outcome: 'different' };
    case 'unavailable':
      return { ...of, outcome: 'unavailable' };
    // It matched, and belongs to another.
    case 'not_completed':
      return { ...of, outcome: 'matched' };
    case 'sources_disagree':
    case 'tries_used_up':
      return undefined;
  }
}
