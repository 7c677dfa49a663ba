// Signing in with a code: asked for under any login name, sent to a confirmed contact of the account
// where there is one. What can be seen outside (pauses, caps) is counted under what was typed; what
// one contact gets in a day is counted inside, so that no two names show that they are one person's.
import type { Account, AccountKind } from '../accounts/account.ts';
import { readLogin } from '../accounts/login-name.ts';
import type { Locale } from '../platform/http/locale.ts';
import {
  confirmedContacts,
  findContactCode,
  sendContactCode,
  verifyContactCode,
} from './contact-code.ts';
import type {
  CodePlace,
  Contact,
  ContactCodeDependencies,
  SendCodeOutcome,
  VerifyCodeOutcome,
} from './contact-code.ts';
import type { DeviceStore } from './device-store.ts';

export interface SignInCodeDependencies extends ContactCodeDependencies {
  accounts: {
    findByLogin(
      text: string,
      options: { kind?: AccountKind | undefined },
    ): Promise<Account | undefined>;
  };
  devices: Pick<DeviceStore, 'recognise'>;
}

/** Whose code, and in which interaction. */
export interface SignInCodePlace {
  login: string;
  kind: AccountKind;
  channel: Contact['channel'];
  boundTo: string;
}

/** Whether a code is one of the factors of an account of this kind: staff have stronger ones. */
function mayUseCode(account: Account | undefined): account is Account {
  return account?.isActive === true && account.kind !== 'civilServant';
}

export async function sendSignInCode(
  deps: SignInCodeDependencies,
  given: SignInCodePlace & { address: string; language: Locale },
): Promise<SendCodeOutcome> {
  const { address, language, channel } = given;
  const account = await deps.accounts.findByLogin(given.login, { kind: given.kind });
  const contact = contactOf(account, channel);
  const place = placeOf(given);
  const key = contact ? `${contact.channel}:${contact.address}` : `nobody:${place.owner}`;
  const own = await deps.budgets.reserve([
    { ...deps.limits.codesPerContact, key: `code-receiver:sign-in-contact:${key}` },
  ]);
  const sent = await sendContactCode(deps, {
    ...place,
    contact: own.ok ? contact : undefined,
    countedAs: `sign-in:${place.owner}`,
    address,
    language,
  });
  // Whoever asks too often must not use up what the contact gets in a day.
  if (!sent.ok && own.ok) await deps.budgets.giveBack(own.reservations);
  return sent;
}

/** Whether one may be typed in now. */
export async function isSignInCodeUnderWay(
  deps: Pick<SignInCodeDependencies, 'codes' | 'clock'>,
  of: SignInCodePlace,
): Promise<boolean> {
  return (await findContactCode(deps, placeOf(of))) !== undefined;
}

export type SignInCodeOutcome =
  | {
      ok: true;
      account: Account;
      channel: Contact['channel'];
      /** When the contact was confirmed, epoch milliseconds: another one proves nothing later. */
      contactSince: number;
      isKnownDevice: boolean;
    }
  | (VerifyCodeOutcome & { ok: false });

export async function verifySignInCode(
  deps: SignInCodeDependencies,
  given: SignInCodePlace & { code: string; address: string; deviceCookie?: string | undefined },
): Promise<SignInCodeOutcome> {
  const { code, address, channel, deviceCookie } = given;
  const account = await deps.accounts.findByLogin(given.login, { kind: given.kind });
  const device = await deps.devices.recognise(deviceCookie, account?.id);
  const contact = contactOf(account, channel);
  const outcome = await verifyContactCode(deps, {
    ...placeOf(given),
    code,
    address,
    contacts: contact ? [contact] : [],
  });
  if (!outcome.ok) return outcome;
  const contactSince = account && contactConfirmedAt(account, channel);
  // A code that was right had a contact.
  if (!account || contactSince === undefined) return { ok: false, reason: 'code_used' };
  return { ok: true, account, channel, contactSince, isKnownDevice: device !== undefined };
}

/** Epoch milliseconds; undefined for a contact that the account does not have any more. */
export function contactConfirmedAt(
  account: Account,
  channel: Contact['channel'],
): number | undefined {
  return account.attribute(channel === 'sms' ? 'phone' : 'email')?.verifiedAt?.getTime();
}

function contactOf(account: Account | undefined, channel: Contact['channel']) {
  if (!mayUseCode(account)) return undefined;
  return confirmedContacts(account).find((contact) => contact.channel === channel);
}

function placeOf({ login, kind, channel, boundTo }: SignInCodePlace): CodePlace {
  const owner = JSON.stringify([kind, channel, readLogin(login).canonical]);
  return { owner, purpose: 'sign_in', boundTo };
}
