// Text messages through the first gateway that takes them. Accepted is what a gateway says it has
// accepted, in the way its configuration names; everything else is not. A gateway that has refused,
// or was never reached, is followed by the next one at once. One that may have sent the message (no
// answer in time) is followed only when somebody is waiting for a code: any other message is handed
// to the same gateway again later, under the same id, so that nobody gets it twice.
import type { Clock } from '../platform/clock.ts';
import type { Words } from '../platform/http/locale.ts';
import type { Budget } from '../platform/limits-config.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Outbound } from '../platform/outbound.ts';
import { describeOutboundFailure, neverSent } from '../platform/outbound-failure.ts';
import type { LeasedRow } from '../platform/outbox-store.ts';
import type { DeliveryResult } from '../platform/outbox-worker.ts';
import type { SmsConfig, SmsGateway } from '../platform/sms-config.ts';
import { CircuitBreaker } from '../platform/circuit-breaker.ts';
import { payersOf, renderSms, wordValues } from './message.ts';
import type { Message } from './message.ts';

type Rule = Budget & { key: string };

interface Taken {
  rule: Rule;
  id: string;
  endsBy: Date;
}

/** What counts and limits; see credentials/budget-store.ts. */
export interface MessageBudgets {
  reserve(
    rules: readonly Rule[],
  ): Promise<
    { ok: true; reservations: readonly Taken[] } | { ok: false; refused: readonly Rule[] }
  >;
  giveBack(reservations: readonly Taken[]): Promise<void>;
  counts(rules: readonly Rule[]): Promise<number[]>;
}

interface SmsSenderDependencies {
  words: Words;
  clock: Clock;
  budgets: MessageBudgets;
  metrics: Pick<Metrics, 'observe'>;
  outbound: Pick<Outbound, 'fetch'>;
}

/** `unsure`: it may have been sent. `final`: no gateway will take this message. */
type Answer = { outcome: 'accepted' | 'refused' | 'unsure' | 'final'; result: string };

interface Line {
  gateway: SmsGateway;
  breaker: CircuitBreaker;
  counts: Map<Answer['outcome'], number>;
}

const DAY_SECONDS = 86_400;
const SHARE_OF_CODES = 0.8;
const BREAKER_VALUES = { closed: 0, probing: 1, open: 2 } as const;
/** The message itself is wrong; the number does not exist. */
const ABOUT_THE_MESSAGE = new Set([400, 413, 422]);
/** The answer says, or the failure shows, that nothing was taken on. */
const NOT_REACHED: ReadonlySet<string> = new Set([
  ...neverSent,
  'name_not_resolved',
  'connection_refused',
  'certificate_not_trusted',
]);

export class SmsSender {
  readonly #deps: SmsSenderDependencies;
  readonly #config: SmsConfig;
  readonly #lines: readonly Line[];

  constructor(deps: SmsSenderDependencies, config: SmsConfig) {
    this.#deps = deps;
    this.#config = config;
    this.#lines = config.gateways.map((gateway) => ({
      gateway,
      breaker: new CircuitBreaker(deps.clock, gateway.breaker),
      counts: new Map(),
    }));
    if (this.#lines.length > 0) this.#observe();
  }

  async send(row: LeasedRow<Message>): Promise<DeliveryResult> {
    if (this.#lines.length === 0) return { outcome: 'dropped', result: 'not_configured' };
    const { budgets } = this.#deps;
    const ofNumber = this.#numberRule(row.payload);
    const ofPayers = this.#payerRules(row.payload);
    const taken = await budgets.reserve([ofNumber, ...ofPayers, this.#dayRule]);
    if (!taken.ok) {
      const refused = new Set(taken.refused.map(({ key }) => key));
      if (refused.has(ofNumber.key)) return { outcome: 'failed', result: 'number_cap' };
      // It is read in the account, and by mail: nobody else waits for what one of them has used up.
      return ofPayers.some(({ key }) => refused.has(key))
        ? { outcome: 'failed', result: 'payer_cap' }
        : { outcome: 'retry_slowly', result: 'budget_used_up' };
    }
    const { delivery, isPerhapsSent } = await this.#throughLines(row);
    if (!isPerhapsSent) await budgets.giveBack(taken.reservations);
    return delivery;
  }

  async #throughLines(
    row: LeasedRow<Message>,
  ): Promise<{ delivery: DeliveryResult; isPerhapsSent: boolean }> {
    const isAwaited = row.payload.notAfter !== undefined;
    let delivery: DeliveryResult = { outcome: 'retry', result: 'breaker_open' };
    let isPerhapsSent = false;
    for (const line of this.#lines) {
      if (!line.breaker.enter()) continue;
      const { outcome, result } = await this.#ask(line, row);
      line.counts.set(outcome, (line.counts.get(outcome) ?? 0) + 1);
      if (outcome === 'accepted') {
        return { delivery: { outcome: 'delivered', result }, isPerhapsSent: true };
      }
      if (outcome === 'final') return { delivery: { outcome: 'failed', result }, isPerhapsSent };
      delivery = { outcome: 'retry', result };
      isPerhapsSent ||= outcome === 'unsure';
      if (outcome === 'unsure' && !isAwaited) break;
    }
    return { delivery, isPerhapsSent };
  }

  async #ask({ gateway, breaker }: Line, { id, payload }: LeasedRow<Message>): Promise<Answer> {
    try {
      const response = await this.#deps.outbound.fetch(gateway.url, {
        method: 'POST',
        signal: AbortSignal.timeout(gateway.timeoutMs),
        headers: {
          'content-type': 'application/json',
          ...(gateway.key === undefined ? {} : { authorization: `Bearer ${gateway.key}` }),
        },
        body: JSON.stringify(this.#body(gateway, id, payload)),
      });
      const answer = await judge(gateway, response);
      // It works, whatever it thinks of this message.
      if (answer.outcome === 'accepted' || answer.outcome === 'final') breaker.succeeded();
      else breaker.failed();
      return answer;
    } catch (error) {
      const result = describeOutboundFailure(error);
      if (result === undefined) {
        breaker.left();
        throw error;
      }
      breaker.failed();
      return { outcome: NOT_REACHED.has(result) ? 'refused' : 'unsure', result };
    }
  }

  #body({ templates }: SmsGateway, id: string, payload: Message) {
    const template = templates[payload.template];
    return {
      to: payload.to,
      text: renderSms(this.#deps.words, payload),
      id,
      ...(template === undefined ? {} : { template, values: wordValues(payload) }),
    };
  }

  /** Anybody can have codes sent to a number: they leave some of its day to notices. */
  #numberRule({ to, notAfter }: Message) {
    const { perNumberDaily } = this.#config;
    const attempts =
      notAfter === undefined ? perNumberDaily : Math.ceil(perNumberDaily * SHARE_OF_CODES);
    return { key: `sms-number:${to}`, attempts, windowSeconds: DAY_SECONDS };
  }

  #payerRules(message: Message) {
    const { perOrganisationDaily, perClientDaily } = this.#config;
    const caps = { organisation: perOrganisationDaily, client: perClientDaily };
    return payersOf(message).map(({ kind, id }) => ({
      key: `sms-${kind}:${id}`,
      attempts: caps[kind],
      windowSeconds: DAY_SECONDS,
    }));
  }

  get #dayRule() {
    // The city's day, so that a morning begins with a whole budget.
    const day = new Date(this.#deps.clock.now().getTime() + 8 * 3_600_000);
    const key = `sms-day:${day.toISOString().slice(0, 10)}`;
    return { key, attempts: this.#config.dailyBudget, windowSeconds: DAY_SECONDS };
  }

  #observe(): void {
    const { metrics, budgets } = this.#deps;
    const lines = this.#lines;
    metrics.observe({
      name: 'hutong_sms_gateway_answers_total',
      help: 'Answers of SMS gateways, by outcome.',
      labels: ['gateway', 'outcome'],
      kind: 'counter',
      scope: 'process',
      read: () =>
        lines.flatMap(({ gateway, counts }) =>
          [...counts].map(([outcome, count]) => [[gateway.id, outcome], count] as const),
        ),
    });
    metrics.observe({
      name: 'hutong_sms_gateway_breaker',
      help: 'Circuit breaker of an SMS gateway: 0 closed, 1 probing, 2 open.',
      labels: ['gateway'],
      kind: 'gauge',
      scope: 'process',
      read: () =>
        lines.map(({ gateway, breaker }) => [[gateway.id], BREAKER_VALUES[breaker.state]] as const),
    });
    metrics.observe({
      name: 'hutong_sms_budget_left',
      help: 'Text messages that may still be sent today; alarm well above 0.',
      labels: [],
      kind: 'gauge',
      scope: 'shared',
      read: async () => {
        const [sent = 0] = await budgets.counts([this.#dayRule]);
        return [[[], Math.max(0, this.#config.dailyBudget - sent)] as const];
      },
    });
  }
}

async function judge({ accepts }: SmsGateway, response: Response): Promise<Answer> {
  const { status } = response;
  const result = `http_${status}`;
  if (ABOUT_THE_MESSAGE.has(status)) return { outcome: 'final', result };
  if (!response.ok) return { outcome: 'refused', result };
  if (!accepts) return { outcome: 'accepted', result };
  const text = await response.text();
  return saysSo(text, accepts)
    ? { outcome: 'accepted', result }
    : { outcome: 'refused', result: 'not_accepted' };
}

function saysSo(text: string, { field, equals }: NonNullable<SmsGateway['accepts']>): boolean {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null) return false;
    return (answer as Record<string, unknown>)[field] === equals;
  } catch {
    return false;
  }
}
