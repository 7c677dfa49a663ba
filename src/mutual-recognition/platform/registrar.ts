// Keeps the index as our accounts are: follows marked accounts a batch at a time, and looks at all of them
// once a day and when the epochs change. One process at a time; what fails is tried again.
import type { Account } from '../../accounts/account.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Logger } from '../../platform/logger.ts';
import { entriesAnswerSchema, ENTRIES_PATH } from '../hub/hub-interface.ts';
import type { EntryChange, EntryOutcome } from '../hub/hub-interface.ts';
import { indexInputs, indexOf } from '../recognition-index.ts';
import type { AccountMarkStore, Mark } from './account-mark-store.ts';
import { parseJson } from './index-computer.ts';
import type { IndexComputer } from './index-computer.ts';
import { planRegistration, wantedEntry } from './plan-registration.ts';
import type { Step, WantedEntry } from './plan-registration.ts';
import type { Registration, RegistrationStore } from './registration-store.ts';
import type { ServiceClient } from './service-client.ts';

export interface RegistrarDependencies {
  accounts: { findById(id: string): Promise<Account | undefined> };
  people: { after(id: string, limit: number): Promise<{ id: string; revision: number }[]> };
  marks: AccountMarkStore;
  registrations: RegistrationStore;
  hub: ServiceClient;
  computer: IndexComputer;
  keyring: Keyring;
  audit: AuditLog;
  clock: Clock;
  logger: Logger;
}

/** `waiting`: a service did not answer; `idle`: nothing is left to do now. */
export type RoundOutcome = 'worked' | 'idle' | 'waiting';

interface Task {
  accountId: string;
  revision: number;
  wanted: WantedEntry | undefined;
  identity: string;
  step: Step;
}

interface EntryTask {
  task: Task;
  index: string;
  version: number;
}

const MARKS_A_ROUND = 100;
/** Small enough that requests of people are not held up by the arithmetic. */
const COMPUTED_AT_ONCE = 20;
const KEPT_DAYS = 400;
const DAY_MS = 86_400_000;
const RETRY_SECONDS = 300;
const BATCH_MS = 20_000;

export class Registrar {
  readonly #deps: RegistrarDependencies;

  constructor(deps: RegistrarDependencies) {
    this.#deps = deps;
  }

  /** Follows what is marked; the caller holds the turn. */
  async round(): Promise<RoundOutcome> {
    const marks = await this.#deps.marks.due(MARKS_A_ROUND);
    const epochs = await this.#deps.computer.epochs();
    if (!epochs) return 'waiting';
    if (marks.length === 0) return this.#sweep(epochs.all);
    const tasks = await this.#tasks(marks, epochs.all);
    const failed = new Set<string>();
    for (const epoch of epochs.all) {
      const own = tasks.filter(({ step }) => step.epoch === epoch);
      for (const accountId of await this.#carryOut(epoch, own)) failed.add(accountId);
    }
    await this.#deps.marks.done(marks.filter(({ accountId }) => !failed.has(accountId)));
    await this.#deps.marks.postpone([...failed], RETRY_SECONDS);
    return failed.size === marks.length ? 'waiting' : 'worked';
  }

  async #tasks(marks: readonly Mark[], epochs: readonly number[]): Promise<Task[]> {
    const { accounts, registrations, clock } = this.#deps;
    const ids = marks.map(({ accountId }) => accountId);
    const [found, known] = await Promise.all([
      Promise.all(ids.map((id) => accounts.findById(id))),
      registrations.ofAccounts(ids),
    ]);
    const tasks = ids.map((accountId, place): Task[] => {
      const account = found[place];
      const wanted = wantedEntry(account);
      const identity = wanted ? this.#identityOf(wanted) : '';
      const own = known.filter((each) => each.accountId === accountId);
      const facts = { wanted, identity, registrations: own, epochs, now: clock.now() };
      const revision = account?.revision ?? 0;
      return planRegistration(facts).map((step) => {
        return { accountId, revision, wanted, identity, step };
      });
    });
    for (const [place, accountId] of ids.entries()) {
      const revision = found[place]?.revision;
      const isSettled = tasks[place]?.length === 0 && revision !== undefined;
      if (isSettled) await registrations.noteRevision(accountId, revision);
    }
    return tasks.flat();
  }

  #identityOf({ certificate }: WantedEntry): string {
    const { subject } = indexInputs(certificate);
    const label = 'recognition.identity';
    return this.#deps.keyring.mac('artefactId', label, subject.toString()).toString('base64url');
  }

  /** Returns the accounts with which it did not come to an end. */
  async #carryOut(epoch: number, tasks: readonly Task[]): Promise<string[]> {
    const failed: string[] = [];
    const entries: EntryTask[] = [];
    for (const task of tasks) {
      const { step } = task;
      if (step.kind === 'remove') {
        entries.push({
          task,
          index: step.registration.index,
          version: this.#version(step.registration),
        });
      } else if (step.kind === 'put') {
        entries.push({ task, index: step.index, version: this.#version() });
      }
    }
    const unknown = tasks.filter(({ step }) => step.kind === 'compute');
    for (let from = 0; from < unknown.length; from += COMPUTED_AT_ONCE) {
      const some = unknown.slice(from, from + COMPUTED_AT_ONCE);
      const computed = await this.#compute(epoch, some);
      if (computed) entries.push(...computed);
      else failed.push(...some.map(({ accountId }) => accountId));
    }
    // Whose new entry cannot be computed now keeps the former one.
    const sendable = entries.filter(({ task }) => !failed.includes(task.accountId));
    return [...failed, ...(await this.#send(epoch, sendable))];
  }

  async #compute(epoch: number, tasks: readonly Task[]): Promise<EntryTask[] | undefined> {
    const certificates = tasks.flatMap(({ wanted }) => (wanted ? [wanted.certificate] : []));
    const computed = await this.#deps.computer.compute(epoch, certificates);
    if (!computed.ok) {
      const { logger, audit } = this.#deps;
      logger.error({ epoch, reason: computed.reason }, 'people not registered in the index');
      if (computed.reason === 'wrong_key') {
        const details = { epoch };
        await audit.record({
          type: 'recognition.key_wrong',
          actor: 'system',
          details,
          result: 'refused',
        });
      }
      return undefined;
    }
    return tasks.map((task, place) => {
      const foundBy = computed.found[place];
      return { task, index: foundBy ? indexOf(foundBy) : '', version: this.#version() };
    });
  }

  /** Rises with the time, and in any case. */
  #version(former?: Registration): number {
    return Math.max(this.#deps.clock.now().getTime(), (former?.version ?? 0) + 1);
  }

  /** What an account gives up is not removed when another has it: an identity that went over. */
  async #send(epoch: number, given: readonly EntryTask[]): Promise<string[]> {
    const { registrations, hub, clock } = this.#deps;
    const isRemoval = ({ task }: EntryTask) => task.step.kind === 'remove';
    const removals = given.filter(isRemoval);
    const held = await registrations.heldByOthers(
      epoch,
      removals.map(({ index, task }) => ({ index, accountId: task.accountId })),
    );
    const put = new Set(given.filter((each) => !isRemoval(each)).map(({ index }) => index));
    const moot = removals.filter(({ index }) => held.has(index) || put.has(index));
    await registrations.remove(moot.map(({ task: { accountId } }) => ({ accountId, epoch })));
    const entries = given.filter((entry) => !moot.includes(entry));
    const unique = [...new Map(entries.map((entry) => [entry.index, entry])).values()];
    if (unique.length === 0) return [];
    const expiresAt = new Date(Math.floor(clock.now().getTime() / DAY_MS + KEPT_DAYS) * DAY_MS);
    const changes = unique.map((entry) => changeOf(entry, expiresAt));
    const reply = await hub.post(ENTRIES_PATH, { epoch, changes }, BATCH_MS);
    const parsed = reply.ok ? entriesAnswerSchema.safeParse(parseJson(reply.text)) : undefined;
    if (!parsed?.success || parsed.data.outcomes.length !== unique.length) {
      return unique.map(({ task }) => task.accountId);
    }
    return this.#note({ epoch, entries: unique, outcomes: parsed.data.outcomes, expiresAt });
  }

  async #note(of: {
    epoch: number;
    entries: readonly EntryTask[];
    outcomes: readonly EntryOutcome[];
    expiresAt: Date;
  }): Promise<string[]> {
    const { epoch, entries, outcomes, expiresAt } = of;
    const failed: string[] = [];
    const put: Registration[] = [];
    const removed: { accountId: string; epoch: number }[] = [];
    for (const [place, { task, index, version }] of entries.entries()) {
      const outcome = outcomes[place];
      const { accountId, wanted, identity, revision, step } = task;
      if (step.kind === 'remove' || !wanted) {
        removed.push({ accountId, epoch });
      } else if (outcome === 'older') {
        failed.push(accountId);
      } else {
        const state = outcome === 'conflict' ? 'conflict' : 'registered';
        const facts = { accountId, epoch, index, identity, level: wanted.level, version };
        put.push({ ...facts, expiresAt, state, revision, at: this.#deps.clock.now() });
      }
    }
    // In this order: the entry of a new identity stands where that of the former one stood.
    await this.#deps.registrations.remove(removed);
    await this.#deps.registrations.put(put);
    await this.#record(put, removed.length);
    return failed;
  }

  async #record(put: readonly Registration[], removed: number): Promise<void> {
    for (const { accountId, epoch, level, state } of put) {
      const isDone = state === 'registered';
      await this.#deps.audit.record({
        type: 'recognition.person_registered',
        actor: 'system',
        subject: accountId,
        level,
        details: { epoch },
        result: isDone ? 'done' : 'refused',
        ...(isDone ? {} : { reason: 'conflict' }),
      });
    }
    if (removed > 0) this.#deps.logger.info({ removed }, 'people removed from the index');
  }

  /** Looks at the next accounts of all; idle when it has been through. */
  async #sweep(epochs: readonly number[]): Promise<RoundOutcome> {
    const { marks, people, registrations, clock } = this.#deps;
    const { after, finishedAt, about } = await marks.sweep();
    const now = clock.now();
    const present = epochs.join(',');
    const isOver = after === '' && finishedAt !== undefined && about === present;
    if (isOver && now.getTime() - finishedAt.getTime() < DAY_MS) return 'idle';
    if (after === '') await registrations.dropEpochsBut(epochs);
    const found = await people.after(after, MARKS_A_ROUND);
    const last = found.at(-1);
    if (!last) {
      await marks.setSweep({ after: '', finishedAt: now, about: present });
      return 'idle';
    }
    const known = await registrations.ofAccounts(found.map(({ id }) => id));
    const unlike = found.filter(({ id, revision }) => {
      const own = known.filter((each) => each.accountId === id && each.revision === revision);
      return !epochs.every((epoch) => own.some((each) => isSettled(each, epoch, now)));
    });
    await marks.markAll(unlike.map(({ id }) => id));
    await marks.setSweep({ after: last.id });
    return 'worked';
  }
}

function isSettled(registration: Registration, epoch: number, now: Date): boolean {
  const { state, expiresAt } = registration;
  const isFresh = expiresAt.getTime() - now.getTime() > (KEPT_DAYS / 4) * DAY_MS;
  return registration.epoch === epoch && state === 'registered' && isFresh;
}

function changeOf({ task, index, version }: EntryTask, expiresAt: Date): EntryChange {
  if (task.step.kind === 'remove' || !task.wanted) return { action: 'remove', index, version };
  const expires_at = Math.floor(expiresAt.getTime() / 1000);
  return { action: 'put', index, version, level: task.wanted.level, expires_at };
}
