// What can be made to go wrong at a register, by whoever tries the city out: slow, down, wrong or
// contradictory answers, until it is told to be well again. `PUT /faults {"mode":"down"}`.
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import { z } from 'zod';

export const faultModes = ['none', 'slow', 'down', 'wrong', 'contradictory'] as const;
export type FaultMode = (typeof faultModes)[number];

const faultSchema = z.strictObject({ mode: z.enum(faultModes) });

export class Faults {
  mode: FaultMode = 'none';
  /** How many questions were asked, whatever came of them. */
  asked = 0;

  /** @param prefix where one process is several registers */
  addRoutes(router: Router, prefix = ''): void {
    const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '1kb' });
    router.get(`${prefix}/faults`, (ctx) => {
      ctx.body = { mode: this.mode, modes: faultModes, asked: this.asked };
    });
    router.put(`${prefix}/faults`, parseJson, (ctx) => {
      const parsed = faultSchema.safeParse(ctx.request.body);
      if (parsed.success) this.mode = parsed.data.mode;
      else ctx.status = 400;
      ctx.body = { mode: this.mode, modes: faultModes, asked: this.asked };
    });
  }

  /** In front of what other systems ask. A slow answer does not come as long as it is slow. */
  readonly guard: Middleware = async (ctx, next) => {
    this.asked += 1;
    if (this.mode === 'down') {
      ctx.status = 503;
      ctx.body = { error: 'out of order' };
      return;
    }
    const closed = new Promise<void>((resolve) => ctx.res.once('close', resolve));
    if (this.mode === 'slow') await closed;
    await next();
  };
}

/** A page elsewhere must not reach a simulator by pointing its name at loopback. */
export const refuseForeignHosts: Middleware = async (ctx, next) => {
  if (/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/u.test(ctx.get('Host'))) return next();
  ctx.status = 421;
  ctx.body = { error: 'answers to local names only' };
};
