// A random reference number per request: in the log, in `X-Request-Id` and in small type on
// error pages. One sent by the client is not taken over, since it could forge log lines.
import type { Logger } from '../logger.ts';
import type { Random } from '../random.ts';
import type { HttpMiddleware } from './context.ts';

const REQUEST_ID_BITS = 80;

export function requestId(deps: { random: Random; logger: Logger }): HttpMiddleware {
  return async (ctx, next) => {
    const id = deps.random.id(REQUEST_ID_BITS);
    ctx.state.requestId = id;
    ctx.log = deps.logger.child({ requestId: id });
    ctx.set('X-Request-Id', id);
    await next();
  };
}
