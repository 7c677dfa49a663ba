// Pages from templates: `ctx.render(view, locals)`. Templates escape by themselves and get, beside
// their locals, the words (`t`), the frame of the page (`page`) and a few formatters.
import { Eta } from 'eta';
import type { Assets } from './assets.ts';
import type { HttpContext, HttpMiddleware, RenderOptions } from './context.ts';
import { formatInstant } from './locale.ts';
import type { Translate } from './locale.ts';
import type { FieldError, ItemView, Words } from './view-locals.ts';

export interface RenderDeps {
  viewsFolder: string;
  assets: Assets;
}

/** What every template sees as `it.page`. */
interface PageFrame {
  name: string;
  locale: string;
  nonce: string;
  /** The reference number of this answer. */
  requestId: string;
  isError: boolean;
  /** This address in the other languages. */
  languages: readonly { locale: string; name: string; href: string; isCurrent: boolean }[];
  asset(name: string): string;
  csrfToken(): string;
  instant(at: Date): string;
  words(words: Words): string;
  item(item: ItemView): string;
  /** The message of a field, when it has one. */
  errorOf(field: string): string | undefined;
}

export function pageRenderer(deps: RenderDeps): HttpMiddleware {
  const eta = new Eta({
    views: deps.viewsFolder,
    cache: true,
    autoEscape: true,
    functionHeader: 'const { t, page } = it;',
  });
  return async (ctx, next) => {
    ctx.render = (view, locals, options = {}) => {
      const data = { ...locals, t: ctx.t, page: pageFrame(ctx, { view, locals, options, deps }) };
      ctx.body = eta.render(view, data);
      ctx.type = 'text/html; charset=utf-8';
      if (options.status !== undefined) ctx.status = options.status;
    };
    await next();
  };
}

function pageFrame(
  ctx: HttpContext,
  input: { view: string; locals: object; options: RenderOptions; deps: RenderDeps },
): PageFrame {
  const errors = errorsOf(input.locals);
  const { t } = ctx;
  return {
    name: pageName(input.view),
    locale: ctx.state.locale,
    nonce: ctx.state.nonce,
    requestId: ctx.state.requestId,
    isError: input.options.isError ?? errors.length > 0,
    languages: languageLinks(ctx),
    asset: (name) => input.deps.assets.address(name),
    csrfToken: () => ctx.csrfToken(),
    instant: (at) => formatInstant(ctx.state.locale, at),
    words: (words) => wordsOf(t, words),
    item: ({ name, words }) => wordsOf(t, words ?? { key: `consent.item.${name}` }),
    errorOf(field) {
      const error = errors.find((candidate) => candidate.field === field);
      return error && wordsOf(t, error);
    },
  };
}

/** `credentials/sign-in` → sign-in; the account centre keeps its prefix: account-sessions. */
export function pageName(view: string): string {
  return view.startsWith('account/') ? view.replace('/', '-') : view.replace(/^.*\//u, '');
}

function errorsOf(locals: object): readonly FieldError[] {
  return 'errors' in locals && Array.isArray(locals.errors) ? (locals.errors as FieldError[]) : [];
}

function wordsOf(t: Translate, words: Words): string {
  return t(words.key, words.values);
}

function languageLinks(ctx: HttpContext): PageFrame['languages'] {
  return (['en', 'zh-CN'] as const).map((locale) => {
    const query = new URLSearchParams(ctx.querystring);
    query.set('lang', locale);
    return {
      locale,
      name: ctx.t(`layout.language.${locale}`),
      // Two leading slashes would lead to another site.
      href: `${ctx.path.replace(/^\/+/u, '/')}?${query.toString()}`,
      isCurrent: ctx.state.locale === locale,
    };
  });
}
