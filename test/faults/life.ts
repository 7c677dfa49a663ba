// How a citizen spends the run: signing in, moving between clients, refreshing, signing out, and
// what nobody should do: using things twice, and coming back with what has ended.
import { setTimeout as delay } from 'node:timers/promises';
import { CityBrowser } from '../support/city-browser.ts';
import type { CityClient } from '../support/city-clients.ts';
import type { Chance } from './chance.ts';
import type { Citizen, Family, Session } from './citizen.ts';
import type { Operator } from './fault-city.ts';
import type { Outcome, Recorder } from './history.ts';

interface LifeSurroundings {
  issuer: string;
  clients: readonly CityClient[];
  operator: Operator;
  recorder: Recorder;
}

const SESSIONS = 2;
const GRAVES = 8;
const LONGEST_PAUSE_MS = 80;

const STEPS = {
  sign_in: 10,
  silent: 15,
  code_twice: 4,
  refresh: 25,
  refresh_twice: 8,
  refresh_former: 3,
  userinfo: 14,
  introspect: 8,
  logout: 9,
  revoke: 3,
  assertion_twice: 3,
  request_uri_twice: 3,
  lock: 2,
  sign_out_everywhere: 2,
  grave: 12,
};

export class Life {
  readonly #citizen: Citizen;
  readonly #chance: Chance;
  readonly #around: LifeSurroundings;
  #sessions: Session[] = [];
  /** Ended, or perhaps ended. */
  readonly #graves: Session[] = [];

  constructor(citizen: Citizen, chance: Chance, around: LifeSurroundings) {
    this.#citizen = citizen;
    this.#chance = chance;
    this.#around = around;
  }

  async live(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await this.#step();
      await delay(this.#chance.below(LONGEST_PAUSE_MS));
    }
  }

  /** Once more with everything there is and was. */
  async takeStock(): Promise<void> {
    for (const session of this.#sessions) {
      await this.#citizen.silent(session, this.#client());
      for (const family of session.families) await this.#useAll(session, family);
    }
    for (const grave of this.#graves) {
      await this.#comeBack(grave);
      for (const family of grave.families) await this.#useAll(grave, family);
    }
  }

  async #useAll(session: Session, family: Family): Promise<void> {
    await this.#citizen.userinfo(session, family);
    await this.#citizen.introspect(session, family, family.refresh);
    await this.#citizen.refresh(session, family);
  }

  async #step(): Promise<void> {
    const step = this.#chance.weighted(STEPS);
    const session = this.#sessions.length > 0 ? this.#chance.pick(this.#sessions) : undefined;
    if (step === 'grave') return this.#visitGrave();
    if (!session || (step === 'sign_in' && this.#sessions.length < SESSIONS)) {
      return this.#signIn();
    }
    if (step === 'sign_in' || step === 'silent') return this.#goOn(session, 1);
    if (step === 'code_twice') return this.#goOn(session, 2);
    if (step === 'logout') return this.#logout(session);
    if (step === 'assertion_twice') return this.#citizen.replayAssertion(this.#keyedClient());
    if (step === 'request_uri_twice') return this.#citizen.replayPushed(session, this.#client());
    if (step === 'lock') return this.#lock();
    if (step === 'sign_out_everywhere') return this.#signOutEverywhere();
    const family = session.families.length > 0 ? this.#chance.pick(session.families) : undefined;
    if (!family) return this.#goOn(session, 1);
    await this.#use(step, session, family);
  }

  async #use(step: keyof typeof STEPS, session: Session, family: Family): Promise<void> {
    const citizen = this.#citizen;
    const { refresh, former } = family;
    let outcome: Outcome = 'ok';
    if (step === 'refresh') outcome = await citizen.refresh(session, family);
    else if (step === 'refresh_twice') {
      await Promise.all([1, 2].map(() => citizen.refresh(session, family, refresh)));
    } else if (step === 'refresh_former' && former !== undefined) {
      await citizen.refresh(session, family, former);
    } else if (step === 'revoke') {
      await citizen.revoke(session, family);
      outcome = await citizen.introspect(session, family, refresh);
    } else if (step === 'introspect') {
      const token = this.#chance.pick([family.access, refresh]);
      outcome = await citizen.introspect(session, family, token);
    } else outcome = await citizen.userinfo(session, family);
    if (outcome === 'refused') this.#drop(session, family);
  }

  #drop(session: Session, family: Family): void {
    session.families = session.families.filter((each) => each !== family);
  }

  async #signIn(): Promise<void> {
    const session = await this.#citizen.signIn(this.#client());
    if (session) this.#sessions.push(session);
  }

  async #goOn(session: Session, times: number): Promise<void> {
    const answer = await this.#citizen.silent(session, this.#client());
    if (!answer) return;
    const tries = Array.from({ length: times }, () => this.#citizen.redeem(session, answer));
    await Promise.all(tries);
  }

  async #logout(session: Session): Promise<void> {
    const visitor = session.browser.visitor.copy();
    const browser = new CityBrowser(this.#around.issuer, visitor);
    for (let tries = 0; tries < 4; tries += 1) {
      if ((await this.#citizen.logout(session)) !== 'unknown') break;
      await delay(500);
    }
    this.#bury({ ...session, browser });
    await this.#visitGrave();
  }

  async #lock(): Promise<void> {
    const { operator } = this.#around;
    const { id } = this.#citizen.account;
    await this.#operate('lock', () => operator.lock(id));
    await this.#citizen.signIn(this.#client());
    const [session] = this.#sessions;
    for (const family of session?.families ?? []) {
      if (session) await this.#citizen.userinfo(session, family);
    }
    while ((await this.#operate('unlock', () => operator.unlock(id))) !== 'ok') await delay(300);
    for (const each of this.#sessions) this.#bury(each);
  }

  async #signOutEverywhere(): Promise<void> {
    const { operator } = this.#around;
    const { id } = this.#citizen.account;
    await this.#operate('sign_out_everywhere', () => operator.signOutEverywhere(id));
    for (const each of this.#sessions) this.#bury(each);
  }

  async #operate(op: 'lock' | 'unlock' | 'sign_out_everywhere', work: () => Promise<void>) {
    const attempt = { op, account: this.#citizen.account.login };
    const { outcome } = await this.#around.recorder.attempt(attempt, async () => {
      await work();
      return { outcome: 'ok', seen: 'done' };
    });
    return outcome;
  }

  #bury(session: Session): void {
    this.#sessions = this.#sessions.filter(({ id }) => id !== session.id);
    this.#graves.push(session);
    if (this.#graves.length > GRAVES) this.#graves.splice(this.#chance.below(GRAVES), 1);
  }

  async #visitGrave(): Promise<void> {
    if (this.#graves.length === 0) return;
    const grave = this.#chance.pick(this.#graves);
    if (grave.families.length === 0 || this.#chance.isTrue(0.4)) return this.#comeBack(grave);
    const family = this.#chance.pick(grave.families);
    const use = this.#chance.pick(['refresh', 'userinfo', 'introspect'] as const);
    await this.#use(use, { ...grave }, family);
  }

  /** With the cookies of that time. */
  async #comeBack(grave: Session): Promise<void> {
    const browser = new CityBrowser(this.#around.issuer, grave.browser.visitor.copy());
    await this.#citizen.silent({ ...grave, browser }, this.#client());
  }

  #client(): CityClient {
    return this.#chance.pick(this.#around.clients);
  }

  #keyedClient(): CityClient {
    return this.#chance.pick(this.#around.clients.filter(({ key }) => key !== undefined));
  }
}
