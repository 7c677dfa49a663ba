// What is measured. A scenario prepares what its operations start from (sessions, tokens), which is
// not measured, and returns one operation per visitor.
import type { Operation } from './closed-loop.ts';
import { addressOf } from './http-lane.ts';
import type { HttpLane } from './http-lane.ts';
import { claimsOf, RelyingParty } from './target.ts';
import type { BenchAccount, BenchClient, Target, Tokens } from './target.ts';
import { Visitor } from './visitor.ts';

interface Load {
  target: Target;
  lane: HttpLane;
  /** Visitors at once. */
  concurrency: number;
}

export interface Scenario {
  words: string;
  /** Needs what only `startHutong` makes: named, or left out for other targets. */
  isOfProductAlone?: boolean;
  prepare(load: Load): Promise<Operation[]>;
}

/** Sign-ins at once while something is prepared. */
const PREPARED_AT_ONCE = 4;
const TOKENS = 32;
/** Enough for a run of some seconds; each visits every other client once. */
const FIRST_VISITORS = 160;

export const scenarios = {
  'sign-in': {
    words: 'password sign-in at a browser never seen before',
    async prepare(load) {
      return visitors(load, async () => {
        const { visitor, party, account } = next(load);
        await party.redeem(await visitor.authorize(webClient(load), { account }));
      });
    },
  },
  'sign-in-known': {
    words: 'password sign-in at a browser that has signed this person in before',
    async prepare(load) {
      const known = await prepared(load, load.concurrency, async () => {
        const { visitor, party, account } = next(load);
        await visitor.authorize(webClient(load), { account });
        return { visitor, party, account };
      });
      return known.map(({ visitor, party, account }) => async () => {
        visitor.forgetSession();
        await party.redeem(await visitor.authorize(webClient(load), { account }));
      });
    },
  },
  'silent-sso': {
    words: 'silent SSO to another client, which this session has visited before',
    async prepare(load) {
      const others = load.target.web.slice(1);
      const signedIn = await prepared(load, load.concurrency, async () => {
        const visit = await signIn(load);
        for (const client of others) await visit.visitor.authorize(client, { prompt: 'none' });
        return visit;
      });
      return signedIn.map(({ visitor, party }, number) => {
        let turn = number;
        return async () => {
          turn += 1;
          const client = others[turn % others.length] ?? webClient(load);
          await party.redeem(await visitor.authorize(client, { prompt: 'none' }));
        };
      });
    },
  },
  'silent-sso-first': {
    words: 'silent SSO to another client, the first time in this session',
    async prepare(load) {
      const waiting: (() => Promise<void>)[] = [];
      await prepared(load, FIRST_VISITORS, async () => {
        const { visitor, party } = await signIn(load);
        for (const client of load.target.web.slice(1)) {
          waiting.push(async () => {
            await party.redeem(await visitor.authorize(client, { prompt: 'none' }));
          });
        }
      });
      return visitors(load, async () => {
        const visit = waiting.shift();
        if (!visit) return 'nothing_left';
        return visit();
      });
    },
  },
  refresh: {
    words: 'refresh with rotation',
    async prepare(load) {
      const families = await prepared(load, load.concurrency, () => signIn(load));
      return families.map(({ party, tokens }) => {
        let { refresh_token: current } = tokens;
        return async () => {
          ({ refresh_token: current } = await party.refresh(webClient(load), current));
        };
      });
    },
  },
  'client-credentials': {
    words: 'client_credentials (JWT access token, ES256)',
    async prepare(load) {
      return visitors(load, (party) => party.clientCredentials(load.target.machine));
    },
  },
  introspection: {
    words: 'introspection of an opaque token',
    async prepare(load) {
      const tokens = await prepared(load, TOKENS, async () => (await signIn(load)).tokens);
      return visitors(load, (party) =>
        party.introspect(webClient(load), inTurn(tokens).access_token),
      );
    },
  },
  userinfo: {
    words: 'userinfo',
    async prepare(load) {
      const tokens = await prepared(load, TOKENS, async () => (await signIn(load)).tokens);
      return visitors(load, (party) => {
        const { access_token, id_token } = inTurn(tokens);
        return party.userinfo(access_token, String(claimsOf(id_token)['sub']));
      });
    },
  },
  'mandate-check': {
    words: 'whether a person may act for an organisation, asked by a system',
    isOfProductAlone: true,
    async prepare(load) {
      const { department, issuer } = load.target;
      if (!department) throw new Error('this server was given no mandates');
      const { client, mandates } = department;
      const party = new RelyingParty(load.lane, addressOf(1));
      const token = await party.departmentToken(client, `${issuer}/api/v1`);
      return visitors(load, (each) => each.checkMandate(token, inTurn(mandates)));
    },
  },
  discovery: {
    words: 'discovery document',
    async prepare(load) {
      return visitors(load, (party) => party.discovery(load.target.issuer));
    },
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

interface SignedIn {
  visitor: Visitor;
  party: RelyingParty;
  tokens: Tokens;
}

function visitors(load: Load, operation: (party: RelyingParty) => ReturnType<Operation>) {
  return Array.from({ length: load.concurrency }, (_, number): Operation => {
    const party = new RelyingParty(load.lane, addressOf(number));
    return () => operation(party);
  });
}

async function signIn(load: Load): Promise<SignedIn> {
  const { visitor, party, account } = next(load);
  const tokens = await party.redeem(await visitor.authorize(webClient(load), { account }));
  return { visitor, party, tokens };
}

let serial = 0;

/** Another person at another browser at another address. */
function next({ target, lane }: Load): {
  visitor: Visitor;
  party: RelyingParty;
  account: BenchAccount;
} {
  serial += 1;
  const account = target.accounts[serial % target.accounts.length];
  if (!account) throw new Error('there are no accounts');
  const address = addressOf(serial);
  const visitor = new Visitor({ lane, issuer: target.issuer, address });
  return { visitor, party: new RelyingParty(lane, addressOf(1)), account };
}

function webClient({ target }: Load): BenchClient {
  const [first] = target.web;
  if (!first) throw new Error('there is no client');
  return first;
}

const turns = new WeakMap<readonly object[], number>();

function inTurn<T extends object>(items: readonly T[]): T {
  const turn = ((turns.get(items) ?? -1) + 1) % items.length;
  turns.set(items, turn);
  const item = items[turn];
  if (!item) throw new Error('nothing was prepared');
  return item;
}

/** `count` results of `work`, a few at a time. */
async function prepared<T>(load: Load, count: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let begun = 0;
  const one = async () => {
    while (begun < count) {
      begun += 1;
      results.push(await work());
    }
  };
  const atOnce = Math.min(load.concurrency, PREPARED_AT_ONCE);
  await Promise.all(Array.from({ length: atOnce }, one));
  return results;
}
