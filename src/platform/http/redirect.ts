// Sends the browser to another page with GET, also after a form.
import type { HttpContext } from './context.ts';

export function redirect(ctx: HttpContext, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}
