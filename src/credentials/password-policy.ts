// Which passwords are good enough: named presets, checked against what is common and against what
// a stranger may know of the person. Length and surprise, not ceremony.
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import type { Account, AccountKind } from '../accounts/account.ts';
import { splitPhone } from '../accounts/phone.ts';
import { commonChineseWords } from './common-words.ts';
import { MAX_PASSWORD_LENGTH } from './password-hash.ts';

interface PasswordPreset {
  minLength: number;
  /** Upper case, lower case, digit, other. */
  needsFourKinds: boolean;
  maxAgeDays: number | undefined;
  /** So many former passwords may not come back. */
  history: number;
  /** A password that another person chose has to be changed at the first sign-in. */
  mustChangeGiven: boolean;
}

const presets = {
  citizen: {
    minLength: 8,
    needsFourKinds: false,
    maxAgeDays: undefined,
    history: 0,
    mustChangeGiven: false,
  },
  level3: {
    minLength: 8,
    needsFourKinds: true,
    maxAgeDays: 90,
    history: 5,
    mustChangeGiven: true,
  },
} as const satisfies Record<string, PasswordPreset>;

export type PasswordProblem =
  | 'too_short'
  | 'too_long'
  | 'four_kinds_needed'
  | 'too_common'
  | 'contains_personal';

/** Below this zxcvbn score (0–4) a password is among those that are tried first. */
const MIN_SCORE = 2;
const MIN_PERSONAL_LENGTH = 4;
const DAY_MS = 86_400_000;

let estimator: ZxcvbnFactory | undefined;

/** Made for the first new password: its ranked dictionaries are some megabytes. */
function strengthEstimator(): ZxcvbnFactory {
  estimator ??= new ZxcvbnFactory({
    dictionary: { ...dictionary, chinese: [...commonChineseWords] },
    graphs: adjacencyGraphs,
    maxLength: 64,
  });
  return estimator;
}

export function passwordPreset(kind: AccountKind): PasswordPreset {
  return kind === 'civilServant' ? presets.level3 : presets.citizen;
}

/** All problems of a new password; none when it may be set. History is the caller's to check. */
export function passwordProblems(
  password: string,
  preset: PasswordPreset,
  personalWords: readonly string[],
): PasswordProblem[] {
  const text = password.normalize('NFKC');
  if (password.length > MAX_PASSWORD_LENGTH || text.length > MAX_PASSWORD_LENGTH) {
    return ['too_long'];
  }
  const problems: PasswordProblem[] = [];
  if (Array.from(text).length < preset.minLength) problems.push('too_short');
  if (preset.needsFourKinds && !hasFourKinds(text)) problems.push('four_kinds_needed');
  const lower = text.toLowerCase();
  if (personalWords.some((word) => lower.includes(word.toLowerCase()))) {
    problems.push('contains_personal');
  } else if (strengthEstimator().check(text, [...personalWords]).score < MIN_SCORE) {
    problems.push('too_common');
  }
  return problems;
}

/** True when the person has to choose a new password before anything else. */
export function isPasswordDue(
  kind: AccountKind,
  credential: { mustChange: boolean; changedAt: Date },
  now: Date,
): boolean {
  const { maxAgeDays } = passwordPreset(kind);
  const ageDays = (now.getTime() - credential.changedAt.getTime()) / DAY_MS;
  return credential.mustChange || (maxAgeDays !== undefined && ageDays > maxAgeDays);
}

/** A first password that nobody used in time, or one that was taken away: it opens nothing. */
export function isPasswordOver(credential: { validUntil?: Date | undefined }, now: Date): boolean {
  return credential.validUntil !== undefined && credential.validUntil <= now;
}

/** What others may know of the holder and so may not be in the password. */
export function personalWords(
  account: Pick<Account, 'login' | 'name' | 'phone' | 'email' | 'certificate' | 'uscc'>,
  city?: string,
): string[] {
  const { login, name, phone, email, certificate, uscc } = account;
  const digits = phone ? (splitPhone(phone)?.national ?? phone) : undefined;
  const words = [
    login,
    email?.split('@')[0],
    ...partsOfNumber(certificate?.number),
    ...partsOfNumber(uscc),
    digits,
    digits?.slice(-8),
    digits?.slice(-6),
    city,
  ].filter((word) => word !== undefined && word.length >= MIN_PERSONAL_LENGTH);
  // A Chinese name is shorter than anything else worth refusing.
  const names = name !== undefined && Array.from(name).length >= 2 ? [name] : [];
  return [...new Set([...words, ...names])].filter((word) => word !== undefined);
}

/** Names in the address people sign in at: `id.zhongshan.gov.cn` → zhongshan. */
export function wordsOfAddress(issuer: string): string[] {
  const labels = new URL(issuer).hostname.split('.').slice(0, -1);
  return labels.filter((label) => label.length >= MIN_PERSONAL_LENGTH);
}

/** The number, its last eight and six, and the birth date inside a citizen number. */
function partsOfNumber(number: string | undefined): string[] {
  if (number === undefined) return [];
  const birthDate = /^\d{17}[\dX]$/u.test(number) ? [number.slice(6, 14), number.slice(8, 14)] : [];
  return [number, number.slice(-8), number.slice(-6), ...birthDate];
}

function hasFourKinds(text: string): boolean {
  return [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u].every((kind) => kind.test(text));
}
