// The reader's language and the words in it. The order: the switch in the header (kept in a
// cookie), the relying party's ui_locales, Accept-Language, then Chinese.
import { readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { createInstance } from 'i18next';
import type { Appearance } from '../appearance-config.ts';
import { addMethods } from './context.ts';
import type { HttpContext, HttpMiddleware } from './context.ts';
import type { ReaderDeps } from './display.ts';
import { isForPrograms } from './error-pages.ts';
import { choiceCookieOptions } from './headers.ts';
import type { Fields } from './input.ts';

export const locales = ['zh-CN', 'en'] as const;
export type Locale = (typeof locales)[number];
export const defaultLocale: Locale = 'zh-CN';

export type TranslateValues = Readonly<Record<string, string | number>>;
/** `file.path.to.key` → words. A `count` value chooses the plural form. */
export type Translate = (key: string, values?: TranslateValues) => string;

export interface Words {
  /** @throws RangeError for a key that does not exist: a page never shows a key. */
  translate(locale: Locale, key: string, values?: TranslateValues): string;
  has(key: string): boolean;
}

/** What the platform is called, and whose it is. */
type Names = Partial<Pick<Appearance, 'name' | 'operator' | 'extent'>>;

/** Nobody changes them, so whoever asks for the same gets the same. */
const loaded = new Map<string, Words>();

/**
 * Reads `<folder>/<locale>/<name>.json`, once; the keys of a file start with its name.
 * @param named what this platform is called in place of the supplied words
 */
export function loadWords(folder: string, named: Names = {}): Words {
  const { name, operator, extent } = named;
  const key = JSON.stringify([folder, name, operator, extent]);
  const words = loaded.get(key) ?? readWords(folder, named);
  loaded.set(key, words);
  return words;
}

function readWords(folder: string, named: Names): Words {
  const resources = Object.fromEntries(
    locales.map((locale) => {
      const supplied = readLocale(join(folder, locale));
      return [locale, { translation: { ...supplied, ...ownNames(supplied, locale, named) } }];
    }),
  );
  const instance = createInstance({
    lng: defaultLocale,
    fallbackLng: false,
    supportedLngs: [...locales],
    resources,
    // Templates escape; escaping here as well would show entities to the reader.
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  void instance.init();
  /** What takes no values, and that is most of a page, says the same each time. */
  const plain = new Map<string, string>();
  const find = (locale: Locale, key: string, values: TranslateValues): string => {
    const text: unknown = instance.t(key, { lng: locale, returnObjects: true, ...values });
    // The library answers with the key where there are no words.
    if (typeof text === 'string' && text !== key) return text;
    throw new RangeError(`no words for ${key} in ${locale}`);
  };
  return {
    has: (key) => instance.exists(key, { lng: defaultLocale }),
    translate(locale, key, values) {
      if (values) return find(locale, key, values);
      const known = plain.get(`${locale} ${key}`);
      if (known !== undefined) return known;
      const text = find(locale, key, {});
      plain.set(`${locale} ${key}`, text);
      return text;
    },
  };
}

function ownNames(
  { layout }: Record<string, unknown>,
  locale: Locale,
  { name, operator, extent = 'city' }: Names,
): Record<string, unknown> {
  const { province } = (layout ?? {}) as { province?: object };
  // Words name the place by nesting: `$t(layout.here)`.
  const place = extent === 'province' ? province : {};
  const product = name ? { product: name[locale] } : {};
  const by = operator ? { operator: operator[locale] } : {};
  return { layout: { ...(layout as object), ...place, ...product, ...by } };
}

function readLocale(folder: string): Record<string, unknown> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return Object.fromEntries(
    files.map((file) => [parse(file).name, JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
  );
}

/** The first language tag that we have, e.g. `zh-Hant-TW` → zh-CN, `en-GB` → en. */
export function matchLocale(tags: readonly string[]): Locale | undefined {
  for (const tag of tags) {
    const [language] = tag.trim().toLowerCase().split(/[-_]/u);
    const match = locales.find((locale) => locale.split('-')[0] === language);
    if (match) return match;
  }
  return undefined;
}

const COOKIE = 'hutong_lang';
const UNSIGNED = { signed: false } as const;

export function readerLocale(deps: ReaderDeps & { words: Words }): HttpMiddleware {
  return async (ctx, next) => {
    const t: Translate = (key, values) =>
      deps.words.translate(ctx.state.locale, key, inSimpleWords(ctx, values));
    addMethods(ctx, { t });
    if (isForPrograms(ctx.path)) {
      ctx.state.locale = defaultLocale;
      ctx.state.isLocaleChosen = false;
      return next();
    }
    const remembered = rememberedLocale(ctx, deps);
    const asked = matchLocale(queryValues(ctx, 'ui_locales').flatMap((value) => value.split(' ')));
    const accepted = matchLocale(acceptedLanguages(ctx));
    ctx.state.locale = remembered ?? asked ?? accepted ?? defaultLocale;
    ctx.state.isLocaleChosen = remembered !== undefined;
    ctx.vary('Accept-Language');
    chooseLocale(ctx, ctx.query, deps);
    await next();
    if (typeof ctx.body === 'string') ctx.set('Content-Language', ctx.state.locale);
  };
}

/** The elder-friendly version says it more simply where there is a `…_elder` of the same words. */
function inSimpleWords(ctx: HttpContext, values?: TranslateValues): TranslateValues | undefined {
  return ctx.state.display.mode === 'elder' ? { ...values, context: 'elder' } : values;
}

/** The switch: takes `lang` of an address or a form, and remembers it. */
export function chooseLocale(
  ctx: HttpContext,
  fields: { [name: string]: Fields[string] | undefined },
  deps: ReaderDeps,
): void {
  const chosen = matchLocale([fields['lang'] ?? []].flat());
  if (!chosen) return;
  ctx.state.locale = chosen;
  ctx.state.isLocaleChosen = true;
  // Koa refuses to send a secure cookie over a connection that is not.
  if (chosen === rememberedLocale(ctx, deps) || ctx.secure !== deps.isSecure) return;
  ctx.cookies.set(deps.cookies.host(COOKIE), chosen, choiceCookieOptions(deps));
}

function rememberedLocale(ctx: HttpContext, deps: ReaderDeps): Locale | undefined {
  return matchLocale([ctx.cookies.get(deps.cookies.host(COOKIE), UNSIGNED) ?? '']);
}

/**
 * For pages of an interaction, whose address does not carry the relying party's `ui_locales`:
 * follows them unless the reader has used the switch.
 */
export function followUiLocales(ctx: HttpContext, uiLocales: string): void {
  const asked = matchLocale(uiLocales.split(' '));
  if (!ctx.state.isLocaleChosen && asked) ctx.state.locale = asked;
}

function queryValues(ctx: HttpContext, name: string): string[] {
  const value = ctx.query[name];
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function acceptedLanguages(ctx: HttpContext): string[] {
  const tags = ctx.acceptsLanguages();
  return Array.isArray(tags) ? tags : [];
}

const formats = new Map<Locale, Intl.DateTimeFormat>();

/** Made once: the tables behind a format are what is costly about it. */
function formatOf(locale: Locale): Intl.DateTimeFormat {
  const known = formats.get(locale);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, {
    timeZone: 'Asia/Shanghai',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formats.set(locale, made);
  return made;
}

/** 2026年11月22日 14:05 or 22 November 2026, 14:05: the city's time, whatever the machine's. */
export function formatInstant(locale: Locale, instant: Date): string {
  return formatOf(locale).format(instant).replace(' at ', ', ');
}
