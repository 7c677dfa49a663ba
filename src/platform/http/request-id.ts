// A reference number per request: on every log line of it, in `X-Request-Id` and on error pages, in
// digits alone because people read it out on the telephone. A trusted proxy's own number is taken over, so that its log and ours can be joined;
// anybody else's is not, since it could forge log lines or carry a person's number into them.
import type { Logger } from '../logger.ts';
import type { Random } from '../random.ts';
import { inRequestScope } from '../request-scope.ts';
import type { HttpMiddleware } from './context.ts';
import { proxyRequestId } from './forwarded.ts';

/** Twice: together 53 bits, so that no two requests that anybody looks for share a number. */
const HALF_DIGITS = 8;
/** What proxies generate (nginx, Envoy, Caddy); no number of a person has this form. */
const GENERATED = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/u;

export function requestId(deps: { random: Random; logger: Logger }): HttpMiddleware {
  return (ctx, next) => {
    const given = proxyRequestId(ctx.req);
    const isUsable = given !== undefined && GENERATED.test(given);
    const id = isUsable ? given : deps.random.digits(HALF_DIGITS) + deps.random.digits(HALF_DIGITS);
    ctx.state.requestId = id;
    ctx.log = deps.logger;
    ctx.set('X-Request-Id', id);
    const userAgent = ctx.get('user-agent').slice(0, 300);
    return inRequestScope({ requestId: id, userAgent }, next);
  };
}
