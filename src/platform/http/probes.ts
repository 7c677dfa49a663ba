// `/healthz` and `/readyz` where the requests come in, for what stands in front and asks the very
// port that it will send people to. Not for those people: asked through a proxy on somebody's
// behalf, these addresses do not exist.
import type { Readiness } from '../readiness.ts';
import type { HttpMiddleware } from './context.ts';
import { isForwarded } from './forwarded.ts';

export const PROBE_ROUTE = 'probe';

/** Runs before the guards of origin and address: probes come by address, inside the network. */
export function probes({ readiness }: { readiness: Readiness }): HttpMiddleware {
  return async (ctx, next) => {
    const isProbe = ctx.path === '/healthz' || ctx.path === '/readyz';
    if (!isProbe || !isReading(ctx.method) || isForwarded(ctx.req)) return next();
    ctx.state.routeName = PROBE_ROUTE;
    const { status, body } =
      ctx.path === '/healthz' ? { status: 200, body: alive } : await readyAnswer(readiness);
    ctx.status = status;
    ctx.body = body;
  };
}

export const alive = { status: 'alive' } as const;

export async function readyAnswer(readiness: Pick<Readiness, 'report'>) {
  const { isReady, reasons } = await readiness.report();
  return isReady
    ? { status: 200, body: { status: 'ready' } }
    : { status: 503, body: { status: 'not_ready', reasons } };
}

/** Asks clients to come back on another connection, which leads past a process that is ending. */
export function connectionEnd({ readiness }: { readiness: Readiness }): HttpMiddleware {
  return async (ctx, next) => {
    await next();
    if (readiness.isEnding && !ctx.headerSent) ctx.set('Connection', 'close');
  };
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
