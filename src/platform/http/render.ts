// Pages from templates: `ctx.render(view, locals)`. Templates escape by themselves and get, beside
// their locals, the words (`t`), the frame of the page (`page`) and a few formatters.
import { Eta } from 'eta';
import type { Appearance } from '../appearance-config.ts';
import type { Assets } from './assets.ts';
import { addMethods } from './context.ts';
import type { HttpContext, HttpMiddleware, RenderOptions } from './context.ts';
import type { Display } from './display.ts';
import { formatInstant } from './locale.ts';
import type { Translate } from './locale.ts';
import { pageAddress } from './page-address.ts';
import type { FieldError, ItemView, Words } from './view-locals.ts';

export interface RenderDeps {
  viewsFolder: string;
  assets: Assets;
  accent?: Appearance['accent'] | undefined;
}

/** What every template sees as `it.page`. */
interface PageFrame {
  name: string;
  locale: string;
  nonce: string;
  display: Display;
  isElder: boolean;
  /** Of the platform's colours. */
  accent: Appearance['accent'];
  /** The reference number of this answer, in groups for reading it out. */
  reference: string;
  isError: boolean;
  /** What else this page can be shown as. */
  switches: readonly Switch[];
  /** Opens this page once more; absent where that would send a form again. */
  retryHref: string | undefined;
  /** For print: where and when. */
  host: string;
  renderedAt: Date;
  asset(name: string): string;
  csrfToken(): string;
  instant(at: Date): string;
  words(words: Words): string;
  item(item: ItemView): string;
  /** The message of a field, when it has one. */
  errorOf(field: string): string | undefined;
}

/** The present page shown another way: `lang=en`, `ui_mode=elder`. */
interface Switch {
  parameter: 'ui_mode' | 'ui_contrast' | 'lang';
  value: string;
  href: string;
  label: string;
  /** Of the label, where it is in another language than the page. */
  lang?: string;
}

/** By the folder of its templates, each of which it compiles once. */
const engines = new Map<string, Eta>();

function engineOf(views: string): Eta {
  const known = engines.get(views);
  if (known) return known;
  const functionHeader = 'const { t, page } = it;';
  const made = new Eta({ views, cache: true, autoEscape: true, functionHeader });
  engines.set(views, made);
  return made;
}

export function pageRenderer(deps: RenderDeps): HttpMiddleware {
  const eta = engineOf(deps.viewsFolder);
  return async (ctx, next) => {
    const render: HttpContext['render'] = (view, locals, options = {}) => {
      const data = { ...locals, t: ctx.t, page: pageFrame(ctx, { view, locals, options, deps }) };
      ctx.body = eta.render(view, data);
      ctx.type = 'text/html; charset=utf-8';
      if (options.status !== undefined) ctx.status = options.status;
    };
    addMethods(ctx, { render });
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
    display: ctx.state.display,
    isElder: ctx.state.display.mode === 'elder',
    accent: input.deps.accent ?? 'blue',
    reference: grouped(ctx.state.requestId),
    isError: input.options.isError ?? errors.length > 0,
    switches: switchesOf(ctx),
    retryHref: ctx.method === 'GET' ? pageAddress(ctx) : undefined,
    host: ctx.host,
    renderedAt: new Date(),
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

/** `credentials/sign-in` → sign-in; those with many pages keep theirs: account-sessions. */
export function pageName(view: string): string {
  const isOfManyPages =
    /^(?:account|admin|departments|federation|guardianship|intermediaries|legal-entities|mandates|privacy|review|verification)\//u.test(
      view,
    );
  return isOfManyPages ? view.replace('/', '-') : view.replace(/^.*\//u, '');
}

function errorsOf(locals: object): readonly FieldError[] {
  return 'errors' in locals && Array.isArray(locals.errors) ? (locals.errors as FieldError[]) : [];
}

function wordsOf(t: Translate, words: Words): string {
  return t(words.key, words.values);
}

/** Elder-friendly or not, contrast, language; each leads away from how it is now. */
function switchesOf(ctx: HttpContext): Switch[] {
  const { display, locale } = ctx.state;
  const choices = [
    { parameter: 'ui_mode', value: display.mode === 'elder' ? 'standard' : 'elder' },
    { parameter: 'ui_contrast', value: display.contrast === 'high' ? 'standard' : 'high' },
  ] as const;
  const language = locale === 'en' ? 'zh-CN' : 'en';
  return [
    ...choices.map((choice) => ({
      ...choice,
      href: pageAddress(ctx, [choice.parameter, choice.value]),
      label: ctx.t(`layout.${choice.parameter}.${choice.value}`),
    })),
    {
      parameter: 'lang',
      value: language,
      href: pageAddress(ctx, ['lang', language]),
      label: ctx.t(`layout.language.${language}`),
      lang: language,
    },
  ];
}

/** As people read numbers out on the telephone: 4821 0937 5526 1840. */
function grouped(digits: string): string {
  return digits.replaceAll(/(?<=^(?:.{4})+)(?=.)/gu, ' ');
}
