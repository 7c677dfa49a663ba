// Plans of a change of the construction mode, kept until they are too old to be carried out.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';
import type { ModePlan } from './mode-plan.ts';

interface PlanDocument extends Omit<ModePlan, 'id'> {
  _id: string;
  expiresAt: Date;
  schemaVersion: 1;
}

export const MODE_PLANS = 'registrationModePlans';
const KEPT_SECONDS = 30 * 86_400;

export class ModePlanStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  async insert({ id, ...plan }: ModePlan): Promise<void> {
    const expiresAt = secondsFromNow(this.#deps.clock, KEPT_SECONDS);
    const { provinceId, ...rest } = plan;
    const province = provinceId === undefined ? {} : { provinceId };
    await this.#plans.insertOne({ _id: id, ...rest, ...province, expiresAt, schemaVersion: 1 });
  }

  async find(id: string): Promise<ModePlan | undefined> {
    const document = await this.#plans.findOne({ _id: id });
    if (!document) return undefined;
    const { _id, expiresAt: _expiry, schemaVersion: _version, ...plan } = document;
    return { id: _id, ...plan };
  }

  get #plans() {
    return this.#deps.database.collection<PlanDocument>(MODE_PLANS);
  }
}
