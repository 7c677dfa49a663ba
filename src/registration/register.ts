// The end of a registration: account, password, what was agreed to and the audit records stand or
// fall together, and with them the end of the sign-up, so that it makes one account.
import type { AccountStore } from '../accounts/account-store.ts';
import { draftAccount } from '../accounts/account-draft.ts';
import type { AccountDraft, FieldProblemReason } from '../accounts/account-draft.ts';
import type { LoginNameProblem } from '../accounts/login-name.ts';
import type { Agreements } from '../agreements/agreements.ts';
import type { AgreementName } from '../agreements/agreement-book.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { BudgetStore } from '../credentials/budget-store.ts';
import type { PasswordHasher } from '../credentials/password-hash.ts';
import { passwordPreset, passwordProblems, personalWords } from '../credentials/password-policy.ts';
import type { PasswordProblem } from '../credentials/password-policy.ts';
import type { PasswordStore } from '../credentials/password-store.ts';
import { addressScope } from '../credentials/sign-in-budgets.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { Clock } from '../platform/clock.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { SignUp, SignUpStore } from './sign-up-store.ts';

export const REGISTRATION_AGREEMENT: AgreementName = 'real-name-registration';

export interface RegisterDependencies {
  signUps: SignUpStore;
  accounts: Pick<AccountStore, 'insert' | 'findById'>;
  agreements: Pick<Agreements, 'current' | 'acceptWithin'>;
  passwords: PasswordStore;
  hasher: PasswordHasher;
  budgets: BudgetStore;
  audit: AuditLog;
  clock: Clock;
  notices: Pick<SecurityNotices, 'phoneLeft'>;
  /** The city's name in the letters people would type. */
  cityWords: readonly string[];
}

export interface RegistrationForm {
  /** As typed; may be empty for a phone. */
  login: string;
  password: string;
  isAgreed: boolean;
  /** Of the agreement as it stood on the page. */
  agreementVersion: number;
  language: Locale;
  address: string;
}

export type LoginProblem = LoginNameProblem | 'login_needed' | 'login_taken' | 'login_guessed';

export interface FormProblems {
  login: readonly LoginProblem[];
  password: readonly PasswordProblem[];
  agreement: readonly ('not_ticked' | 'changed')[];
}

export type RegisterOutcome =
  | { ok: true; accountId: string }
  | { ok: false; reason: 'form_unfit'; problems: FormProblems }
  /** The sign-up has gone on meanwhile, or the number has come to somebody: what is due is told anew. */
  | { ok: false; reason: 'changed_meanwhile' }
  | { ok: false; reason: 'overloaded'; retryAfterSeconds: number };

/** Taken names that one contact may come upon in a day: names are not there to be found out. */
const NAME_TRIES = { attempts: 20, windowSeconds: 86_400 } as const;
const OVERLOADED_SECONDS = 5;

export async function register(
  deps: RegisterDependencies,
  signUp: SignUp,
  form: RegistrationForm,
): Promise<RegisterOutcome> {
  const checked = checkForm(deps, signUp, form);
  if (!checked.ok) return { ok: false, reason: 'form_unfit', problems: checked.problems };
  const { draft } = checked;
  const names = await deps.budgets.reserve(draft.attributes.login ? [nameBudget(signUp)] : []);
  if (!names.ok) return unfitLogin('login_guessed');
  const entry = { source: addressScope(form.address).source, isKnownDevice: false };
  const hashed = await deps.hasher.hash(form.password, entry);
  const outcome = hashed.ok
    ? await insert(deps, signUp, { form, draft, hash: hashed.value })
    : overloaded();
  const isTaken = !outcome.ok && outcome.reason === 'form_unfit';
  if (!isTaken) await deps.budgets.giveBack(names.reservations);
  return outcome;
}

type CheckOutcome = { ok: true; draft: AccountDraft } | { ok: false; problems: FormProblems };

function checkForm(deps: RegisterDependencies, signUp: SignUp, form: RegistrationForm) {
  const { channel, contact } = signUp;
  const contactField = channel === 'sms' ? { phone: contact } : { email: contact };
  const drafted = draftAccount(
    { kind: 'naturalPerson', login: form.login, realNameLevel: 1, ...contactField },
    { source: 'person', grade: 'D', areContactsConfirmed: true, now: deps.clock.now() },
  );
  const current = deps.agreements.current(REGISTRATION_AGREEMENT);
  const isCurrent = current.version === form.agreementVersion;
  const login = drafted.ok ? [] : drafted.problems.map(({ reason }) => loginProblem(reason));
  const problems: FormProblems = {
    // A mail address signs nobody in: without a user name there would be no way back.
    login: channel === 'mail' && form.login.trim() === '' ? ['login_needed'] : login,
    password: passwordProblems(form.password, passwordPreset('naturalPerson'), [
      ...personalWords({ ...NOBODY, ...contactField, login: form.login.trim() || undefined }),
      ...deps.cityWords,
    ]),
    agreement: !isCurrent ? ['changed'] : form.isAgreed ? [] : ['not_ticked'],
  };
  const isFit = Object.values(problems).every((list) => list.length === 0);
  const outcome: CheckOutcome =
    isFit && drafted.ok ? { ok: true, draft: drafted.draft } : { ok: false, problems };
  return outcome;
}

const NOBODY = {
  login: undefined,
  name: undefined,
  phone: undefined,
  email: undefined,
  certificate: undefined,
  uscc: undefined,
};

/** The contact was read before: only the login can be wrong. */
function loginProblem(reason: FieldProblemReason): LoginProblem {
  return reason === 'login_looks_like_number' ? reason : 'login_format_wrong';
}

async function insert(
  deps: RegisterDependencies,
  signUp: SignUp,
  made: { form: RegistrationForm; draft: AccountDraft; hash: string },
): Promise<RegisterOutcome> {
  const { form, draft, hash } = made;
  const { formerId } = signUp;
  let wake: () => void = () => undefined;
  try {
    const inserted = await deps.accounts.insert(draft, {
      actor: 'anonymous',
      address: form.address,
      phoneLeaves: formerId,
      alongside: async (session, accountId) => {
        await complete(deps, session, { signUp, form, accountId, hash });
        if (formerId !== undefined) wake = await tellFormer(deps, session, { signUp, formerId });
      },
    });
    wake();
    if (inserted.ok) return { ok: true, accountId: inserted.account.id };
    return inserted.reason === 'login_taken'
      ? unfitLogin('login_taken')
      : { ok: false, reason: 'changed_meanwhile' };
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'changed_meanwhile' };
    throw error;
  }
}

/** @throws Overtaken when another form of the same sign-up was first. */
async function complete(
  deps: RegisterDependencies,
  session: ClientSession,
  of: { signUp: SignUp; form: RegistrationForm; accountId: string; hash: string },
): Promise<void> {
  const { signUp, form, accountId, hash } = of;
  const { address, language, agreementVersion: version } = form;
  const content = { ...signUp, accountId };
  if (!(await deps.signUps.move(signUp, { stage: 'done', content }, session))) {
    throw new Overtaken('the sign-up has made its account');
  }
  const changedAt = deps.clock.now();
  await deps.passwords.set(accountId, { hash, changedAt, mustChange: false }, session);
  const agreed = { accountId, name: REGISTRATION_AGREEMENT, version, language, address };
  const accepted = await deps.agreements.acceptWithin(session, agreed);
  if (!accepted.ok) throw new Overtaken('the agreement has changed');
  await deps.audit.record(
    {
      type: 'registration.completed',
      actor: accountId,
      address,
      level: 1,
      result: 'done',
      reason: signUp.channel,
    },
    session,
  );
}

async function tellFormer(
  deps: RegisterDependencies,
  session: ClientSession,
  { signUp, formerId }: { signUp: SignUp; formerId: string },
): Promise<() => void> {
  // Outside the transaction: as it was before the number left.
  const former = await deps.accounts.findById(formerId);
  if (former?.phone !== signUp.contact) return () => undefined;
  return deps.notices.phoneLeft(formerId, signUp.contact, session);
}

function nameBudget({ channel, contact }: SignUp) {
  return { key: `sign-up-name:${channel}:${contact}`, ...NAME_TRIES };
}

function unfitLogin(problem: LoginProblem): RegisterOutcome {
  const problems = { login: [problem], password: [], agreement: [] };
  return { ok: false, reason: 'form_unfit', problems };
}

function overloaded(): RegisterOutcome {
  return { ok: false, reason: 'overloaded', retryAfterSeconds: OVERLOADED_SECONDS };
}
