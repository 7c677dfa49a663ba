// Parameters of a request that have to do with other platforms.
import { createHash } from 'node:crypto';
import type { Random } from '../../platform/random.ts';

/** Names the platform to sign in at, by the id of its registration here. */
export const IDP_HINT_PARAMETER = 'idp_hint';
/** From a platform of the federation that sends somebody: both sides have it in their records. */
export const TRACE_PARAMETER = 'trace_id';

/** A new one, for what begins here. */
export function newTraceId({ random }: { random: Pick<Random, 'id'> }): string {
  return createHash('sha256').update(random.id(256)).digest('hex').slice(0, 32);
}

const TRACE = /^[\da-f]{32}$/u;

/** 32 hexadecimal digits (W3C Trace Context); undefined for anything else. */
export function readTraceId(value: unknown): string | undefined {
  return typeof value === 'string' && TRACE.test(value) ? value : undefined;
}
