// Invented citizens for measurements and trials. The same serial number always gives the same
// person; every attribute says that it was seeded.
import type { AccountDraft } from './account-draft.ts';
import { residentIdCheckDigit } from './resident-id.ts';

/** What every attribute of a seeded account names as its source. */
export const SEED_SOURCE = 'seed';
/** As many as there are different phone numbers and certificate numbers. */
export const MAX_SEED_SERIAL = 9_999_999;

// No county has this code, so that no number belongs to anybody.
const REGION = '440199';
const FIRST_BIRTHDAY = Date.UTC(1950, 0, 1);
const DAY_MS = 86_400_000;
const BORN_A_DAY = 1000;
const SURNAMES = '王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗';
const GIVEN_NAMES = '伟芳娜敏静强磊军洋勇艳杰娟涛明超兰霞平刚';

export interface SeededPerson {
  login: string;
  /** E.164 */
  phone: string;
  certificateNumber: string;
  draft: AccountDraft;
}

/** @param serial 0…MAX_SEED_SERIAL */
export function seededPerson(serial: number, now: Date): SeededPerson {
  const login = `seed-${String(serial).padStart(7, '0')}`;
  const phone = `+86199${String(serial).padStart(8, '0')}`;
  const certificateNumber = residentId(serial);
  const origin = { source: SEED_SOURCE, grade: 'D', verifiedAt: now } as const;
  const draft: AccountDraft = {
    kind: 'naturalPerson',
    subtype: undefined,
    realNameLevel: 2,
    realNameVerifiedAt: now,
    attributes: {
      login: { source: SEED_SOURCE, grade: 'D', value: login },
      name: { ...origin, value: name(serial) },
      phone: { ...origin, value: phone },
      certificate: { ...origin, value: { type: '111', number: certificateNumber } },
    },
  };
  return { login, phone, certificateNumber, draft };
}

function residentId(serial: number): string {
  const born = new Date(FIRST_BIRTHDAY + Math.floor(serial / BORN_A_DAY) * DAY_MS);
  const birthday = born.toISOString().slice(0, 10).replaceAll('-', '');
  const digits = `${REGION}${birthday}${String(serial % BORN_A_DAY).padStart(3, '0')}`;
  return digits + residentIdCheckDigit(digits);
}

function name(serial: number): string {
  const at = (letters: string, index: number) => letters.charAt(index % letters.length);
  return at(SURNAMES, serial) + at(GIVEN_NAMES, Math.floor(serial / SURNAMES.length));
}
