// What can be made to go wrong at a platform, by whoever tries the city out, until it is told to be well
// again. `PUT /tif/faults {"mode":"levelLies"}`.
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import { z } from 'zod';

export const dialectFaultModes = [
  'none',
  'slow',
  'down',
  'wrongSignature',
  'wrongClock',
  'replayAllowed',
  'levelLies',
  'usedTicket',
  'closedAccount',
  'versionRaised',
  'nameChanged',
] as const;
export type DialectFaultMode = (typeof dialectFaultModes)[number];

const faultSchema = z.strictObject({ mode: z.enum(dialectFaultModes) });

export class DialectFaults {
  mode: DialectFaultMode = 'none';

  addRoutes(router: Router, prefix: string): void {
    const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '1kb' });
    router.get(`${prefix}/faults`, (ctx) => {
      ctx.body = { mode: this.mode, modes: dialectFaultModes };
    });
    router.put(`${prefix}/faults`, parseJson, (ctx) => {
      const parsed = faultSchema.safeParse(ctx.request.body);
      if (parsed.success) this.mode = parsed.data.mode;
      else ctx.status = 400;
      ctx.body = { mode: this.mode, modes: dialectFaultModes };
    });
  }

  /** In front of what other servers ask. A slow answer does not come at all. */
  readonly guard: Middleware = async (ctx, next) => {
    if (this.mode === 'down') {
      ctx.status = 503;
      ctx.body = { error: 'out of order' };
      return;
    }
    if (this.mode === 'slow') await new Promise<void>((resolve) => ctx.res.once('close', resolve));
    await next();
  };

  /** The version of a user object; rises with what is changed. */
  get version(): number {
    return this.mode === 'versionRaised' || this.mode === 'nameChanged' ? 8 : 7;
  }

  nameOf(name: string): string {
    return this.mode === 'nameChanged' ? `${name.slice(0, 1)}更名` : name;
  }
}
