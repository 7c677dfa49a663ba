// One line and one count for each request, when its answer has ended: the name of the route, never
// the address, which may hold ids and whatever a visitor typed.
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { HttpContext, HttpMiddleware } from './context.ts';
import { UNMATCHED_ROUTE } from './error-pages.ts';
import { PROBE_ROUTE } from './probes.ts';

export interface AccessLogDeps {
  logger: Logger;
  metrics: Pick<Metrics, 'request' | 'error'>;
}

/** Runs inside the request's scope and outside everything that decides about the answer. */
export function accessLog(deps: AccessLogDeps): HttpMiddleware {
  return (ctx, next) => {
    const startedAt = performance.now();
    ctx.res.once('close', () => report(deps, ctx, (performance.now() - startedAt) / 1000));
    return next();
  };
}

function report({ logger, metrics }: AccessLogDeps, ctx: HttpContext, seconds: number): void {
  const { routeName: route = UNMATCHED_ROUTE, errorCode, proxyRequestId } = ctx.state;
  // Nobody waited for the answer (nginx's number for it).
  const status = ctx.headerSent ? ctx.status : 499;
  metrics.request({ route, status, seconds });
  if (errorCode !== undefined) metrics.error(errorCode);
  logger[route === PROBE_ROUTE ? 'debug' : 'info'](
    {
      // The end of a connection belongs to no request's scope.
      requestId: ctx.state.requestId,
      method: ctx.method,
      route,
      status,
      ms: Math.round(seconds * 10_000) / 10,
      bytes: ctx.length,
      ...(ctx.res.writableFinished ? {} : { aborted: true }),
      ...(errorCode === undefined ? {} : { error: errorCode }),
      ...(proxyRequestId === undefined ? {} : { proxyRequestId }),
    },
    'request',
  );
}
