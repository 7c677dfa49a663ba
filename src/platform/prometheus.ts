// The figures in Prometheus' own form. Each process counts for itself; in a pool of workers every
// series carries its worker, so that a worker that starts anew is seen as what it is: a counter
// that begins at zero. Facts of the database carry none; of many reporters the highest counts.
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram } from 'prom-client';
import { Registry, type MetricObject } from 'prom-client';
import type { Logger } from './logger.ts';
import type { Metrics, Observation, Sample, SignInOutcome } from './metrics.ts';

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** What one process hands to another that answers for it. */
export type MetricsSnapshot = readonly MetricObject[];

const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const DATABASE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];
const SHARED_FRESH_MS = 5000;
const READ_TIMEOUT_MS = 2000;
const LAG_RESOLUTION_MS = 20;

export class PrometheusMetrics implements Metrics {
  readonly #own = new Registry();
  readonly #shared = new Registry();
  readonly #logger: Logger;
  readonly #signIns: Counter<'outcome'>;
  readonly #grants: Counter<'grant_type' | 'outcome'>;
  readonly #authorizations: Counter<'outcome'>;
  readonly #requests: Counter<'route' | 'status'>;
  readonly #durations: Histogram<'route'>;
  readonly #errors: Counter<'code'>;
  readonly #commands: Histogram<'command'>;
  readonly #commandFailures: Counter<'command'>;

  constructor({ logger, worker }: { logger: Logger; worker?: string | undefined }) {
    this.#logger = logger;
    if (worker !== undefined) this.#own.setDefaultLabels({ worker });
    const registers = [this.#own];
    const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Counter({ name, help, labelNames, registers });
    this.#signIns = counter('hutong_sign_ins_total', 'Sign-in forms by outcome.', ['outcome']);
    this.#grants = counter('hutong_grants_total', 'Token requests by grant type and outcome.', [
      'grant_type',
      'outcome',
    ]);
    this.#authorizations = counter(
      'hutong_authorizations_total',
      'Authorization requests that were answered, by outcome.',
      ['outcome'],
    );
    this.#requests = counter('hutong_http_requests_total', 'Requests by route and status class.', [
      'route',
      'status',
    ]);
    this.#durations = new Histogram({
      name: 'hutong_http_request_duration_seconds',
      help: 'Time from the request to the end of its answer.',
      labelNames: ['route'],
      buckets: REQUEST_BUCKETS,
      registers,
    });
    this.#errors = counter('hutong_errors_total', 'Answers with an error, by its code.', ['code']);
    this.#commands = new Histogram({
      name: 'hutong_database_command_duration_seconds',
      help: 'Time of a command to the database, by its name.',
      labelNames: ['command'],
      buckets: DATABASE_BUCKETS,
      registers,
    });
    this.#commandFailures = counter(
      'hutong_database_command_failures_total',
      'Commands the database refused or did not answer.',
      ['command'],
    );
  }

  /** Memory, processor, event loop, garbage collection of this process; once per process. */
  watchProcess(): void {
    collectDefaultMetrics({
      register: this.#own,
      eventLoopMonitoringPrecision: LAG_RESOLUTION_MS,
    });
  }

  signIn(outcome: SignInOutcome): void {
    this.#signIns.inc({ outcome });
  }

  grant(type: string, outcome: string): void {
    this.#grants.inc({ grant_type: type, outcome });
  }

  authorization(outcome: string): void {
    this.#authorizations.inc({ outcome });
  }

  request({ route, status, seconds }: { route: string; status: number; seconds: number }): void {
    this.#requests.inc({ route, status: `${Math.floor(status / 100)}xx` });
    this.#durations.observe({ route }, seconds);
  }

  error(code: string): void {
    this.#errors.inc({ code });
  }

  databaseCommand(name: string, seconds: number, isOk: boolean): void {
    this.#commands.observe({ command: name }, seconds);
    if (!isOk) this.#commandFailures.inc({ command: name });
  }

  observe(observation: Observation): void {
    const { name, help, labels = [], kind, scope } = observation;
    const { read: readNow } = observation;
    const read = scope === 'shared' ? freshFor(SHARED_FRESH_MS, readNow) : readNow;
    const registers = [scope === 'shared' ? this.#shared : this.#own];
    const aggregator = scope === 'shared' ? 'max' : 'sum';
    const collect = async () => {
      metric.reset();
      // A figure without labels would stand at zero, which is not what is known.
      if (labels.length === 0) metric.remove();
      for (const [values, value] of await this.#readSafely(name, read)) {
        const named = Object.fromEntries(labels.map((label, at) => [label, values[at] ?? '']));
        metric.inc(named, value);
      }
    };
    const options = {
      name,
      help,
      labelNames: [...labels],
      registers,
      aggregator,
      collect,
    } as const;
    const metric = kind === 'counter' ? new Counter(options) : new Gauge(options);
  }

  async snapshot(): Promise<MetricsSnapshot> {
    const parts = await Promise.all([
      this.#own.getMetricsAsJSON(),
      this.#shared.getMetricsAsJSON(),
    ]);
    return parts.flat() as unknown as MetricsSnapshot;
  }

  /** Text of this process alone. */
  async text(): Promise<string> {
    return `${await this.#own.metrics()}${await this.#shared.metrics()}`;
  }

  async #readSafely(name: string, read: Observation['read']): Promise<readonly Sample[]> {
    try {
      return await withinTime(read());
    } catch (error) {
      this.#logger.warn({ err: error, figure: name }, 'a figure could not be read');
      return [];
    }
  }
}

/** One text for many processes. */
export async function joinSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  const parts = snapshots.map((snapshot) => [...snapshot]);
  return AggregatorRegistry.aggregate(parts).metrics();
}

/** Callers at the same time share one reading; a failed one is not kept. */
function freshFor(ms: number, read: Observation['read']): Observation['read'] {
  let last: { at: number; samples: Promise<readonly Sample[]> } | undefined;
  return () => {
    if (last && performance.now() - last.at < ms) return last.samples;
    const reading = { at: performance.now(), samples: Promise.resolve(read()) };
    last = reading;
    reading.samples.catch(() => {
      if (last === reading) last = undefined;
    });
    return reading.samples;
  };
}

async function withinTime<T>(work: T | Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('took too long')), READ_TIMEOUT_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
