// What the environment says of processes: how many share the port, how they end, where an operator
// looks into them. Part of config.ts.
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { Limits } from './limits-config.ts';

export interface ProcessConfig {
  /** App processes that share the port. */
  readonly workers: number;
  /** How long a process that is told to end still accepts, so that what stands in front notices. */
  readonly drainSeconds: number;
  /** Where figures and states are served; undefined: nowhere. */
  readonly operations: { readonly host: string; readonly port: number } | undefined;
}

const MAX_WORKERS = 64;
const PRODUCTION_DRAIN_SECONDS = 10;
/** Within the block of twenty ports that begins with HUTONG_PORT. */
const OPERATIONS_OFFSET = 9;
/** Threads beside those that hash: token signatures, name resolution, files. */
const SPARE_THREADS = 2;
const LEAST_THREADS = 4;

const port = z.coerce.number().int().min(1).max(65_535);

export const processSettings = {
  HUTONG_WORKERS: z
    .union([z.literal('auto'), z.coerce.number().int().min(1).max(MAX_WORKERS)], {
      error: `must be auto or a number from 1 to ${MAX_WORKERS}`,
    })
    .default(1)
    .describe('App processes that share the port: a number, or `auto` for one per core.'),
  HUTONG_DRAIN_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(300)
    .optional()
    .describe(
      `How long a process that is told to end still accepts, so that the proxy notices; ${PRODUCTION_DRAIN_SECONDS} in production.`,
    ),
  HUTONG_OPERATIONS_HOST: z
    .string()
    .min(1)
    .max(255)
    .default('127.0.0.1')
    .describe(
      'Where health, readiness and metrics are served: an address that only operators reach.',
    ),
  HUTONG_OPERATIONS_PORT: z
    .union([z.literal('off'), port], { error: 'must be off or a port' })
    .optional()
    .describe(`Their port, or \`off\`; HUTONG_PORT + ${OPERATIONS_OFFSET} when left out.`),
};

interface ProcessValues {
  HUTONG_MODE: 'production' | 'demonstration';
  HUTONG_PORT: number;
  HUTONG_WORKERS: number | 'auto';
  HUTONG_DRAIN_SECONDS?: number | undefined;
  HUTONG_OPERATIONS_HOST: string;
  HUTONG_OPERATIONS_PORT?: number | 'off' | undefined;
}

export function processConfig(values: ProcessValues): ProcessConfig {
  const { HUTONG_WORKERS: asked, HUTONG_OPERATIONS_HOST: host } = values;
  const own = values.HUTONG_OPERATIONS_PORT ?? values.HUTONG_PORT + OPERATIONS_OFFSET;
  return {
    workers: asked === 'auto' ? Math.min(MAX_WORKERS, availableParallelism()) : asked,
    drainSeconds:
      values.HUTONG_DRAIN_SECONDS ??
      (values.HUTONG_MODE === 'production' ? PRODUCTION_DRAIN_SECONDS : 0),
    operations: own === 'off' || own > 65_535 ? undefined : { host, port: own },
  };
}

/** Workers share the cores: without a number of its own each hashes on its part of them. */
export function shareCores(limits: Limits, workers: number): Limits {
  const { hashing } = limits;
  const concurrency =
    hashing.concurrency ?? Math.max(1, Math.ceil(availableParallelism() / workers));
  return { ...limits, hashing: { ...hashing, concurrency } };
}

/**
 * Threads of one process for what must not hold up its event loop. Hashing must never occupy all of
 * them: tokens are signed there too.
 */
export function threadPoolSize(limits: Limits): number {
  return Math.max(LEAST_THREADS, (limits.hashing.concurrency ?? 1) + SPARE_THREADS);
}
