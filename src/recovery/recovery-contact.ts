// The first half of a recovery: a contact, and the code that proves it. The code is sent to what was
// typed, whether it is somebody's or not, and nothing is looked up until it came back: so no word,
// no message and no time tells whether there is an account.
import { journeyContact } from '../credentials/journey-contact.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import type { Recovery, RecoveryContent } from './recovery-store.ts';

/** The code that proves the contact. */
export const recoveryContact = journeyContact('recover');

type StoreDependencies = Pick<RecoveryDependencies, 'recoveries'>;

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

/** Whoever begins again begins a new one. */
export function isOver({ stage }: Recovery): boolean {
  return stage === 'done' || stage === 'waiting' || stage === 'sent';
}

function isSame(before: Recovery, content: TypedRecovery): boolean {
  return (
    before.contact === content.contact &&
    before.channel === content.channel &&
    before.login === content.login &&
    before.interaction === content.interaction
  );
}
