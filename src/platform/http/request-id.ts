// A reference number per request: on every log line of it, in `X-Request-Id` and on error pages, in
// digits alone because people read it out on the telephone. One sent by the client is not taken over,
// since it could forge log lines; a trusted proxy's own stands beside ours, so that logs can be joined.
import type { Logger } from '../logger.ts';
import type { Random } from '../random.ts';
import { inRequestScope } from '../request-scope.ts';
import type { HttpMiddleware } from './context.ts';
import { proxyRequestId } from './forwarded.ts';

/** Twice: together 53 bits, so that no two requests that anybody looks for share a number. */
const HALF_DIGITS = 8;
/** What proxies generate (nginx, Envoy, Caddy); no number of a person has this form. */
const GENERATED = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/u;

export function requestId({ random, logger }: { random: Random; logger: Logger }): HttpMiddleware {
  return (ctx, next) => {
    const id = random.digits(HALF_DIGITS) + random.digits(HALF_DIGITS);
    const given = proxyRequestId(ctx.req);
    if (given !== undefined && GENERATED.test(given)) ctx.state.proxyRequestId = given;
    ctx.state.requestId = id;
    ctx.log = logger;
    ctx.set('X-Request-Id', id);
    const userAgent = ctx.get('user-agent').slice(0, 300);
    return inRequestScope({ requestId: id, userAgent }, next);
  };
}
