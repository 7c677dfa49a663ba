// Background work: a copy of what a peer has said ends with the sessions that stand on the sign-in.
import { repeatedWork } from '../platform/repeat.ts';
import type { FederationDependencies } from './federation-deps.ts';

export type DropCopiesDependencies = Pick<FederationDependencies, 'copies' | 'sessions' | 'logger'>;

const EVERY_MS = 60_000;
const BATCH = 200;

export function dropCopiesWork(deps: DropCopiesDependencies) {
  const options = { name: 'copies of identities', everyMs: EVERY_MS, logger: deps.logger };
  return repeatedWork(() => dropCopies(deps), options);
}

/** One round over all; returns how many it has removed. */
async function dropCopies({ copies, sessions }: DropCopiesDependencies): Promise<number> {
  let removed = 0;
  for (let after = ''; ;) {
    const ids = await copies.listSettled(after, BATCH);
    const idle: string[] = [];
    for (const id of ids) if ((await sessions.keysOfUpstream(id)).length === 0) idle.push(id);
    await copies.remove(idle);
    removed += idle.length;
    const last = ids.at(-1);
    if (last === undefined || ids.length < BATCH) return removed;
    after = last;
  }
}
