// Requests per address and per network (/24, /64) to the named routes. A request is reserved
// before its handler runs and may be given back when it turns out to be a success, so that
// parallel tries cannot exceed the budget; one of 200 and more only by a portion for each further process
// (shared-budget.ts). The budgets of an account are the sign-in's own.
import { RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../errors.ts';
import type { Budget } from '../limits-config.ts';
import type { Database } from '../mongo.ts';
import { networkOf } from '../network.ts';
import { SharedBudget } from './shared-budget.ts';

/** Name → default; HUTONG_LIMITS `routes.<name>` replaces it. */
export const defaultRouteLimits = {
  /** Pages and forms of a sign-in; what an account may bear is limited by its own budgets. */
  signIn: { attempts: 600, windowSeconds: 600 },
  secondFactor: { attempts: 300, windowSeconds: 600 },
  enrolment: { attempts: 60, windowSeconds: 600 },
  /** Forms of a registration; what one contact or address may ask for has budgets of its own. */
  signUp: { attempts: 200, windowSeconds: 600 },
  /** Forms of a recovery and of links in messages; contacts and accounts have budgets of their own. */
  recovery: { attempts: 200, windowSeconds: 600 },
  consent: { attempts: 600, windowSeconds: 600 },
  account: { attempts: 300, windowSeconds: 600 },
  /** Forms that ask a source of identity checks. */
  verification: { attempts: 120, windowSeconds: 600 },
  /** Files for a review. */
  upload: { attempts: 60, windowSeconds: 600 },
  /** Forms of the reviewers' console. */
  review: { attempts: 1200, windowSeconds: 600 },
  /** Pages of the administrators of departments. */
  departments: { attempts: 1200, windowSeconds: 600 },
  /** Pages of the system, security and audit administrators. */
  admin: { attempts: 1200, windowSeconds: 600 },
  /** User codes of devices that were wrong. */
  deviceCode: { attempts: 30, windowSeconds: 600 },
  /** Codes that devices of public clients ask for. */
  deviceStart: { attempts: 300, windowSeconds: 600 },
  /** Authorization requests that begin an interaction; silent ones are not counted. */
  authorize: { attempts: 1200, windowSeconds: 600 },
  /** Requests of one system to the interface for departments. */
  departmentApi: { attempts: 600_000, windowSeconds: 60 },
  /** Requests to it whose token was refused. */
  refusedToken: { attempts: 600, windowSeconds: 600 },
  /** Requests to the staff directory; an initial load of a city comes from one address. */
  scim: { attempts: 120_000, windowSeconds: 600 },
  /** Requests of platforms to the mutual-recognition service; what each may ask has quotas of its own. */
  recognition: { attempts: 600_000, windowSeconds: 60 },
  /** Numbers of strangers that are looked up; the service counts guesses besides. */
  elsewhere: { attempts: 20, windowSeconds: 600 },
  /** Calls of servers that speak another protocol (src/bridges). */
  bridges: { attempts: 60_000, windowSeconds: 600 },
  /** Events of other platforms that were refused. */
  peerEvents: { attempts: 600, windowSeconds: 600 },
  /** Requests of one system for events of accounts. */
  accountEvents: { attempts: 6000, windowSeconds: 60 },
  /** What we say of ourselves and others in a federation. */
  federation: { attempts: 6000, windowSeconds: 600 },
  /** Requests that make us look for a chain of trust. */
  trustSearch: { attempts: 120, windowSeconds: 600 },
  /** Parked POST requests to the protocol's endpoints. */
  protocol: { attempts: 3000, windowSeconds: 600 },
} satisfies Record<string, Budget>;

export type LimiterName = keyof typeof defaultRouteLimits;
export const limiterNames = Object.keys(defaultRouteLimits) as LimiterName[];

/** A network holds many households behind one address, so it gets a multiple. */
const NETWORK_FACTOR = 10;
const STORE_TIMEOUT_MS = 3000;
export const ROUTE_BUDGETS = 'routeBudgets';

export interface Reservation {
  /** After a success: the request did not count. */
  giveBack(): Promise<void>;
}

export interface RouteLimiters {
  /** The same for another key than an address. @throws as `reserve`. */
  reserveFor(name: LimiterName, key: string): Promise<void>;
  /** @throws AppError too_many_requests, or database_unavailable when the store does not answer. */
  reserve(name: LimiterName, address: string): Promise<Reservation>;
}

export function createRouteLimiters(options: {
  database: Pick<Database, 'client' | 'db'>;
  routes: Readonly<Record<string, Budget>>;
  /** Told each refusal, when an address or its network has used its budget up. */
  onExceeded?: (name: LimiterName, address: string) => void;
}): RouteLimiters {
  const unknown = Object.keys(options.routes).filter((name) => !(name in defaultRouteLimits));
  if (unknown.length > 0) {
    const problem = `HUTONG_LIMITS: unknown routes ${unknown.join(', ')}`;
    throw new AppError('configuration_invalid', { details: { problem } });
  }
  const { client, db } = options.database;
  // Counters: acknowledged by the primary alone, as the other budgets are.
  const counted = client.db(db.databaseName, { writeConcern: { w: 1 } });
  const limiters = new Map(
    limiterNames.map((name) => {
      const budget = options.routes[name] ?? defaultRouteLimits[name];
      const limiter = (kind: string, attempts: number) => {
        const shared = new RateLimiterMongo({
          storeClient: counted,
          tableName: ROUTE_BUDGETS,
          keyPrefix: `${name}.${kind}`,
          points: attempts,
          duration: budget.windowSeconds,
          disableIndexesCreation: true,
        });
        return new SharedBudget(shared);
      };
      const network = limiter('network', budget.attempts * NETWORK_FACTOR);
      return [name, { address: limiter('address', budget.attempts), network }];
    }),
  );
  const budgetsOf = (name: LimiterName) => {
    const pair = limiters.get(name);
    if (!pair) throw new AppError('internal', { details: { limiter: name } });
    return pair;
  };
  return {
    async reserveFor(name, key) {
      await consume(budgetsOf(name).address, key);
    },
    async reserve(name, address) {
      const pair = budgetsOf(name);
      const network = networkOf(address);
      try {
        await consume(pair.address, address);
        await consume(pair.network, network);
      } catch (error) {
        if (isExceeded(error)) options.onExceeded?.(name, address);
        throw error;
      }
      return {
        async giveBack() {
          await Promise.all([pair.address.giveBack(address), pair.network.giveBack(network)]);
        },
      };
    },
  };
}

/** As `reserve`, for who has something else to offer when the budget is used up: false. */
export async function mayStill(
  limiters: Pick<RouteLimiters, 'reserve'>,
  name: LimiterName,
  address: string,
): Promise<boolean> {
  try {
    await limiters.reserve(name, address);
    return true;
  } catch (error) {
    if (isExceeded(error)) return false;
    throw error;
  }
}

function isExceeded(error: unknown): boolean {
  return error instanceof AppError && error.code === 'too_many_requests';
}

async function consume(budget: SharedBudget, key: string): Promise<void> {
  try {
    await withinTime(budget.take(key));
  } catch (cause) {
    if (cause instanceof RateLimiterRes) {
      const retryAfterSeconds = Math.max(1, Math.ceil(cause.msBeforeNext / 1000));
      throw new AppError('too_many_requests', { retryAfterSeconds });
    }
    throw new AppError('database_unavailable', { cause });
  }
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the limiter store is slow')), STORE_TIMEOUT_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
