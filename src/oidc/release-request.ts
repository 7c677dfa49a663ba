// Lets go of what hangs on a request of the protocol, once it is answered.
import type { HttpContext } from '../platform/http/context.ts';

/**
 * Called last. The library gives each request `ctx.oidc` by an accessor, and V8 puts every accessor
 * among what lives long: request, answer, tokens and documents would follow it there and wait for a
 * collection of everything, which cost a third of an introspection (docs/performance.md). What was
 * answered holds nothing any more; one whose client left before is spared and collected later.
 */
export function releaseWhenAnswered(ctx: HttpContext): void {
  if (ctx.res.closed) return;
  // Those who listen for the end of the answer too still read what it was.
  ctx.res.once('close', () => setImmediate(release, ctx));
}

function release(ctx: HttpContext): void {
  const { oidc } = ctx as { oidc?: object };
  if (oidc) empty(oidc);
  empty(ctx);
}

function empty(holder: object): void {
  for (const name of Reflect.ownKeys(holder)) Reflect.set(holder, name, undefined);
}
