// One-time codes to a confirmed phone or mail address: six digits, five minutes, five tries, one
// use, for one purpose in one place. Where there is nobody to send to, the same steps are taken.
import type { Account } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { Limits } from '../platform/limits-config.ts';
import type { Random } from '../platform/random.ts';
import type { BudgetStore } from './budget-store.ts';
import type { CodeChannel, ContactCodeStore } from './contact-code-store.ts';
import { codePauseBudget, codeSendingBudgets } from './sign-in-budgets.ts';

/** What a code is good for; each has its words in the message. */
export type CodePurpose =
  | 'enrol_second_factor'
  | 'add_passkey'
  /** `change_contact` goes to one that the account has, `confirm_contact` to the new one. */
  | 'change_contact'
  | 'confirm_contact'
  | 'register'
  | 'recover'
  | 'sign_in'
  /** To the legal representative of an organisation, for somebody who asks to act for it. */
  | 'confirm_handler';

export interface Contact {
  channel: CodeChannel;
  /** E.164 number or mail address. */
  address: string;
}

/** Where a code was asked for and may be used. */
export interface CodePlace {
  /** The account, or what was typed where there is none. */
  owner: string;
  purpose: CodePurpose;
  /** The interaction or session. */
  boundTo: string;
  /** Who asks and types it in, for the audit, where that is not the owner. */
  actor?: string;
}

export interface CodeRequest extends CodePlace {
  /** A confirmed contact of the account; undefined where there is nobody. */
  contact: Contact | undefined;
  /** What pauses and caps count that can be seen outside, where it is not the receiver. */
  countedAs?: string;
  /** Network address of who asks. */
  address: string;
  language: Locale;
  /** What the message says besides. */
  values?: Readonly<Record<string, string>>;
}

export interface CodeMessage {
  to: Contact | undefined;
  values?: Readonly<Record<string, string>>;
  code: string;
  purpose: CodePurpose;
  validSeconds: number;
  language: Locale;
}

export interface ContactCodeDependencies {
  codes: ContactCodeStore;
  budgets: BudgetStore;
  audit: AuditLog;
  clock: Clock;
  random: Random;
  limits: Limits['signIn'];
  /** Queues the message; takes the same time when there is nobody to send it to. */
  sendCode(message: CodeMessage): Promise<void>;
}

const CODE_DIGITS = 6;
const USUAL_SECONDS = 300;
/** One that is told on the telephone takes longer. */
const VALID_SECONDS: Partial<Record<CodePurpose, number>> = { confirm_handler: 1800 };
const MAX_TRIES = 5;

export type SendCodeOutcome =
  | { ok: true }
  /** `daily_cap`: of the contact or of the network address. */
  | { ok: false; reason: 'too_soon' | 'daily_cap'; retryAfterSeconds: number };

/** The contacts an account has confirmed, the phone first. */
export function confirmedContacts(account: Pick<Account, 'attribute'>): Contact[] {
  const phone = account.attribute('phone');
  const email = account.attribute('email');
  return [
    ...(phone?.verifiedAt ? [{ channel: 'sms' as const, address: phone.value }] : []),
    ...(email?.verifiedAt ? [{ channel: 'mail' as const, address: email.value }] : []),
  ];
}

/** Sends a code, which replaces the one before. */
export async function sendContactCode(
  deps: ContactCodeDependencies,
  request: CodeRequest,
): Promise<SendCodeOutcome> {
  const { budgets, limits, random } = deps;
  const { contact, owner, purpose, language, values } = request;
  const validSeconds = VALID_SECONDS[purpose] ?? USUAL_SECONDS;
  const receiver = request.countedAs ?? receiverOf(request);
  const pause = await budgets.reserve([codePauseBudget(receiver)]);
  if (!pause.ok) return refusedCode('too_soon', pause);
  const caps = await budgets.reserve(codeSendingBudgets(limits, receiver, request.address));
  if (!caps.ok) {
    await budgets.giveBack(pause.reservations);
    return refusedCode('daily_cap', caps);
  }
  const code = random.digits(CODE_DIGITS);
  const channel = contact?.channel ?? 'sms';
  await deps.codes.put(placeText(request), {
    id: random.id(),
    code,
    contact: contact && contactText(owner, contact),
    channel,
    validUntil: secondsFromNow(deps.clock, validSeconds),
  });
  await deps.audit.record({
    type: 'credentials.contact_code_sent',
    actor: request.actor ?? (contact ? actorOf(request) : 'anonymous'),
    address: request.address,
    result: contact ? 'done' : 'refused',
    reason: contact ? channel : 'no_contact',
  });
  const message = { to: contact, code, purpose, validSeconds, language };
  await deps.sendCode(values ? { ...message, values } : message);
  return { ok: true };
}

function refusedCode(
  reason: 'too_soon' | 'daily_cap',
  { retryAfterSeconds }: { retryAfterSeconds: number },
): SendCodeOutcome {
  return { ok: false, reason, retryAfterSeconds };
}

/** The code that was sent to this place and counts; `isSpent`: it was wrong too often. */
export async function findContactCode(
  deps: Pick<ContactCodeDependencies, 'codes' | 'clock'>,
  place: CodePlace,
): Promise<{ channel: CodeChannel; validUntil: Date; isSpent: boolean } | undefined> {
  const stored = await deps.codes.find(placeText(place));
  if (!stored || stored.usedAt || stored.validUntil <= deps.clock.now()) return undefined;
  const { channel, validUntil, attempts } = stored;
  return { channel, validUntil, isSpent: attempts >= MAX_TRIES };
}

export type VerifyCodeOutcome =
  | { ok: true }
  | { ok: false; reason: 'code_wrong'; triesLeft: number }
  | { ok: false; reason: 'none_sent' | 'code_expired' | 'code_used' | 'tries_exhausted' };

/** `contacts`: those the account has now; a code to one it has lost meanwhile is worth nothing. */
export async function verifyContactCode(
  deps: Omit<ContactCodeDependencies, 'sendCode' | 'random'>,
  given: CodePlace & { code: string; contacts: readonly Contact[]; address: string },
): Promise<VerifyCodeOutcome> {
  const { outcome, channel } = await verify(deps, given);
  await deps.audit.record({
    type: 'credentials.contact_code_verified',
    actor: given.actor ?? (given.contacts.length > 0 ? actorOf(given) : 'anonymous'),
    address: given.address,
    result: outcome.ok ? 'done' : 'refused',
    reason: outcome.ok ? channel : outcome.reason,
  });
  return outcome;
}

async function verify(
  { codes, clock }: Pick<ContactCodeDependencies, 'codes' | 'clock'>,
  given: CodePlace & { code: string; contacts: readonly Contact[] },
): Promise<{ outcome: VerifyCodeOutcome; channel?: CodeChannel }> {
  const place = placeText(given);
  const now = clock.now();
  const stored = await codes.takeTry(place, { now, maxTries: MAX_TRIES });
  if (!stored) return { outcome: { ok: false, reason: await reasonOf(codes, place, now) } };
  const contacts = given.contacts.map((contact) => contactText(given.owner, contact));
  if (!codes.matches(stored, { code: given.code, contacts })) {
    const triesLeft = MAX_TRIES - stored.attempts;
    return { outcome: { ok: false, reason: 'code_wrong', triesLeft } };
  }
  return (await codes.use(stored, now))
    ? { outcome: { ok: true }, channel: stored.channel }
    : { outcome: { ok: false, reason: 'code_used' } };
}

async function reasonOf(codes: ContactCodeStore, place: string, now: Date) {
  const stored = await codes.find(place);
  if (!stored) return 'none_sent';
  if (stored.usedAt) return 'code_used';
  return stored.validUntil <= now ? 'code_expired' : 'tries_exhausted';
}

/** Asked for by who is nobody yet. */
const OF_NOBODY: ReadonlySet<CodePurpose> = new Set(['register', 'recover', 'sign_in']);

/** Sent to what was typed, which may be anybody's. */
const TO_TYPED: ReadonlySet<CodePurpose> = new Set([...OF_NOBODY, 'confirm_contact']);

/**
 * What the caps count. Codes to typed contacts are counted by themselves: with those for accounts,
 * their pause would tell that another page has sent one.
 */
function receiverOf({ contact, owner, purpose }: CodeRequest): string {
  if (!contact) return owner;
  const receiver = `${contact.channel}:${contact.address}`;
  return TO_TYPED.has(purpose) ? `${purpose}:${receiver}` : receiver;
}

function actorOf({ owner, purpose }: CodePlace): string {
  return OF_NOBODY.has(purpose) ? 'anonymous' : owner;
}

function placeText({ owner, purpose, boundTo }: CodePlace): string {
  return JSON.stringify([purpose, boundTo, owner]);
}

function contactText(owner: string, { channel, address }: Contact): string {
  return JSON.stringify([owner, channel, address]);
}
