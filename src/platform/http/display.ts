// How pages look: the elder-friendly version 长辈版 and high contrast. The switch in the header is kept
// in a cookie that says nothing of the person; a portal may hand it over once, as `ui_mode=elder` or
// `ui_contrast=high` in the address of any page, the authorization request included.
import { addMethods } from './context.ts';
import type { HttpContext, HttpMiddleware } from './context.ts';
import { isForPrograms } from './error-pages.ts';
import { choiceCookieOptions } from './headers.ts';
import type { CookieNames } from './headers.ts';
import type { Fields } from './input.ts';
import { chooseLocale } from './locale.ts';

const modes = ['standard', 'elder'] as const;
const contrasts = ['standard', 'high'] as const;

export interface Display {
  mode: (typeof modes)[number];
  /** `system`: nobody chose, so the browser's `prefers-contrast` decides. */
  contrast: (typeof contrasts)[number] | 'system';
}

export interface ReaderDeps {
  cookies: CookieNames;
  isSecure: boolean;
}

const ordinary: Display = { mode: 'standard', contrast: 'system' };
const COOKIE = 'hutong_display';
const UNSIGNED = { signed: false } as const;

/** Sets `ctx.state.display` and `ctx.choose`. */
export function readerDisplay(deps: ReaderDeps): HttpMiddleware {
  return async (ctx, next) => {
    if (isForPrograms(ctx.path)) {
      ctx.state.display = ordinary;
      addMethods(ctx, { choose: () => undefined });
      return next();
    }
    ctx.state.display = parseCookie(ctx.cookies.get(deps.cookies.host(COOKIE), UNSIGNED));
    if (ctx.method === 'GET') chooseDisplay(ctx, ctx.query, deps);
    const choose = (fields: Fields) => {
      chooseLocale(ctx, fields, deps);
      chooseDisplay(ctx, fields, deps);
    };
    addMethods(ctx, { choose });
    await next();
  };
}

function chooseDisplay(
  ctx: HttpContext,
  fields: { [name: string]: Fields[string] | undefined },
  deps: ReaderDeps,
): void {
  const former = ctx.state.display;
  const display: Display = {
    mode: modes.find((mode) => mode === fields['ui_mode']) ?? former.mode,
    contrast: contrasts.find((each) => each === fields['ui_contrast']) ?? former.contrast,
  };
  ctx.state.display = display;
  const isChanged = display.mode !== former.mode || display.contrast !== former.contrast;
  // Koa refuses to send a secure cookie over a connection that is not.
  if (!isChanged || ctx.secure !== deps.isSecure) return;
  const value = `${display.mode}.${display.contrast}`;
  ctx.cookies.set(deps.cookies.host(COOKIE), value, choiceCookieOptions(deps));
}

/** Whatever else a cookie says is the ordinary display. */
function parseCookie(value: string | undefined): Display {
  const [mode, contrast] = value?.split('.', 2) ?? [];
  return {
    mode: modes.find((each) => each === mode) ?? ordinary.mode,
    contrast: contrasts.find((each) => each === contrast) ?? ordinary.contrast,
  };
}
