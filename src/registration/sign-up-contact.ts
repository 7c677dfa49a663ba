// The first half of a registration: a phone number or mail address, and the code that proves it.
// Until it came back nothing is looked up, so that nobody learns whose a contact is.
import { draftAccount } from '../accounts/account-draft.ts';
import type { Account } from '../accounts/account.ts';
import type { Contact, ContactCodeDependencies } from '../credentials/contact-code.ts';
import { journeyContact } from '../credentials/journey-contact.ts';
import type { SignUp, SignUpContent, SignUpStore } from './sign-up-store.ts';

/** The code that proves the contact. */
export const signUpContact = journeyContact('register');

export interface SignUpContactDependencies {
  signUps: SignUpStore;
  codes: ContactCodeDependencies;
  accounts: {
    findByLogin(text: string, options: { kind: 'naturalPerson' }): Promise<Account | undefined>;
  };
}

export interface TypedContact {
  channel: Contact['channel'];
  text: string;
}

export type ContactProblem = 'missing' | 'phone_invalid' | 'phone_region_needed' | 'email_wrong';

export type ReadContactOutcome =
  | { ok: true; contact: Contact }
  | { ok: false; problem: ContactProblem };

/** The one contact a text means: E.164, or a mail address in lower case. */
export function readContact({ channel, text }: TypedContact, now: Date): ReadContactOutcome {
  const typed = text.normalize('NFKC').trim();
  if (typed === '') return { ok: false, problem: 'missing' };
  const drafted = draftAccount(
    {
      kind: 'naturalPerson',
      realNameLevel: 1,
      ...(channel === 'sms' ? { phone: typed } : { email: typed.toLowerCase() }),
    },
    { source: 'person', grade: 'D', areContactsConfirmed: false, now },
  );
  if (!drafted.ok) {
    const reason = drafted.problems[0]?.reason;
    if (channel === 'mail') return { ok: false, problem: 'email_wrong' };
    const isRegion = reason === 'phone_region_needed';
    return { ok: false, problem: isRegion ? reason : 'phone_invalid' };
  }
  const { phone, email } = drafted.draft.attributes;
  return { ok: true, contact: { channel, address: phone?.value ?? email?.value ?? '' } };
}

export interface StartedSignUp {
  /** The value for the cookie; another one than before when that one is over. */
  id: string;
  signUp: SignUp;
}

/** Begins a registration, or gives the unfinished one of this browser another contact. */
export async function startSignUp(
  { signUps }: Pick<SignUpContactDependencies, 'signUps'>,
  cookie: string | undefined,
  content: SignUpContent,
): Promise<StartedSignUp> {
  let id = cookie ?? signUps.newId();
  for (;;) {
    const before = await signUps.find(id);
    if (before && before.stage !== 'done') {
      const isSame = before.contact === content.contact && before.channel === content.channel;
      const stage = isSame ? before.stage : 'contact';
      const { formerId, half } = before;
      const kept = isSame ? { formerId, half } : {};
      await signUps.move(before, { stage, content: { ...content, ...kept } });
    } else if (before || !(await signUps.begin(id, content))) {
      // Over; unless the same form was sent twice, then the other one has just begun it.
      if (before || !(await signUps.find(id))) id = signUps.newId();
      continue;
    }
    const signUp = await signUps.find(id);
    if (signUp) return { id, signUp };
  }
}

/**
 * The account that the proven number opens by now, unless the person has said to go on. A mail
 * address is no login: nobody is found by it.
 */
export async function formerHolder(
  { accounts }: Pick<SignUpContactDependencies, 'accounts'>,
  { channel, contact, formerId }: SignUp,
): Promise<Account | undefined> {
  if (channel === 'mail') return undefined;
  const account = await accounts.findByLogin(contact, { kind: 'naturalPerson' });
  const isHolder = account?.kind === 'naturalPerson' && account.phone === contact;
  return isHolder && account.id !== formerId ? account : undefined;
}

/** The person goes on with a new account, which takes the number from the one that has it. */
export async function takeNumberOver(
  deps: Pick<SignUpContactDependencies, 'accounts' | 'signUps'>,
  signUp: SignUp,
): Promise<void> {
  const holder = await formerHolder(deps, signUp);
  if (!holder) return;
  await deps.signUps.move(signUp, {
    stage: 'proven',
    content: { ...signUp, formerId: holder.id },
  });
}
