// The first half of a recovery: a contact, and the code that proves it. The code is sent to what was
// typed, whether it is somebody's or not, and nothing is looked up until it came back: so no word,
// no message and no time tells whether there is an account.
import {
  findContactCode,
  sendContactCode,
  verifyContactCode,
} from '../credentials/contact-code.ts';
import type {
  CodePlace,
  Contact,
  SendCodeOutcome,
  VerifyCodeOutcome,
} from '../credentials/contact-code.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import type { Recovery, RecoveryContent } from './recovery-store.ts';

type StoreDependencies = Pick<RecoveryDependencies, 'recoveries'>;
type CodeDependencies = Pick<RecoveryDependencies, 'codes'>;

/** What was typed on the first page. */
export type TypedRecovery = Pick<
  RecoveryContent,
  'channel' | 'contact' | 'typed' | 'login' | 'interaction'
>;

/** Begins a recovery, or gives the unfinished one of this browser another contact. */
export async function startRecovery(
  { recoveries }: StoreDependencies,
  cookie: string | undefined,
  content: TypedRecovery,
): Promise<{ id: string; recovery: Recovery }> {
  let id = cookie ?? recoveries.newId();
  for (;;) {
    const before = await recoveries.find(id);
    if (before && !isOver(before)) {
      if (!isSame(before, content)) await recoveries.move(before, { stage: 'contact', content });
    } else if (before || !(await recoveries.begin(id, content))) {
      // Over; unless the same form was sent twice, then the other one has just begun it.
      if (before || !(await recoveries.find(id))) id = recoveries.newId();
      continue;
    }
    const recovery = await recoveries.find(id);
    if (recovery) return { id, recovery };
  }
}

function isOver({ stage }: Recovery): boolean {
  return stage === 'done' || stage === 'waiting';
}

function isSame(before: Recovery, content: TypedRecovery): boolean {
  return (
    before.contact === content.contact &&
    before.channel === content.channel &&
    before.login === content.login &&
    before.interaction === content.interaction
  );
}

export async function sendRecoveryCode(
  { codes }: CodeDependencies,
  recovery: Recovery,
  from: { address: string; language: Locale },
): Promise<SendCodeOutcome> {
  return sendContactCode(codes, { ...placeOf(recovery), contact: contactOf(recovery), ...from });
}

/** Whether a code may be typed in now. */
export async function isCodeUnderWay(
  { codes }: CodeDependencies,
  recovery: Recovery,
): Promise<boolean> {
  return (await findContactCode(codes, placeOf(recovery))) !== undefined;
}

/** `changed`: the contact was replaced meanwhile, or another form has proven it. */
export type ProveOutcome =
  /** `id`: the new value for the cookie. */
  { ok: true; id: string } | (VerifyCodeOutcome & { ok: false }) | { ok: false; reason: 'changed' };

export async function proveContact(
  deps: CodeDependencies & StoreDependencies,
  recovery: Recovery,
  { cookie, ...given }: { cookie: string; code: string; address: string },
): Promise<ProveOutcome> {
  const contacts = [contactOf(recovery)];
  const verified = await verifyContactCode(deps.codes, {
    ...placeOf(recovery),
    contacts,
    ...given,
  });
  if (!verified.ok) return verified;
  const id = await deps.recoveries.prove(cookie, recovery);
  return id === undefined ? { ok: false, reason: 'changed' } : { ok: true, id };
}

export function contactOf({ channel, contact }: Recovery): Contact {
  return { channel, address: contact };
}

function placeOf({ key }: Recovery): CodePlace {
  return { owner: key, purpose: 'recover', boundTo: key };
}
