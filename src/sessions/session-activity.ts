// Activity behind the browser's back (refresh, userinfo) counts against the idle end. Each process
// writes it at most once a minute per session and never makes a request wait for it.
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { SessionStore } from './session-store.ts';
import { TOUCH_SECONDS } from './session-update.ts';

const MAX_REMEMBERED = 50_000;

interface SessionActivityDependencies {
  sessions: Pick<SessionStore, 'touch'>;
  clock: Clock;
  logger: Logger;
}

export class SessionActivity {
  readonly #deps: SessionActivityDependencies;
  readonly #touchedAt = new Map<string, number>();
  readonly #pending = new Set<Promise<void>>();

  constructor(deps: SessionActivityDependencies) {
    this.#deps = deps;
  }

  note(uid: string, idleSeconds: number): void {
    const now = this.#deps.clock.now().getTime();
    const last = this.#touchedAt.get(uid);
    if (last !== undefined && now - last < TOUCH_SECONDS * 1000) return;
    if (this.#touchedAt.size >= MAX_REMEMBERED) this.#touchedAt.clear();
    this.#touchedAt.set(uid, now);
    const write = this.#deps.sessions
      .touch(uid, idleSeconds)
      .catch((error: unknown) => {
        this.#touchedAt.delete(uid);
        this.#deps.logger.warn({ err: error }, 'activity of a session was not written');
      })
      .finally(() => this.#pending.delete(write));
    this.#pending.add(write);
  }

  /** Resolves when every noted write is done: for an orderly shutdown. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }
}
