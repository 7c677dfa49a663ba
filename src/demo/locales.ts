// Words of the demonstration city in both languages, and which of them a reader wants.
import { readFileSync } from 'node:fs';
import { createInstance } from 'i18next';
import type { TFunction } from 'i18next';
import type { Context } from 'koa';

export const languages = ['zh-CN', 'en'] as const;
export type Language = (typeof languages)[number];

const words = createInstance();
await words.init({
  lng: 'zh-CN',
  fallbackLng: false,
  supportedLngs: [...languages],
  interpolation: { escapeValue: false },
  resources: Object.fromEntries(
    languages.map((language) => [language, { translation: readWords(language) }]),
  ),
});

function readWords(language: Language): Record<string, unknown> {
  const file = new URL(`./locales/${language}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

export function translate(language: Language): TFunction {
  return words.getFixedT(language);
}

export function parseLanguage(value: unknown): Language | undefined {
  return languages.find((language) => language === value);
}

/** What the reader chose (kept in a cookie of this site), else what the browser prefers. */
export function chooseLanguage(ctx: Context, cookieName: string): Language {
  const chosen = parseLanguage(ctx.cookies.get(cookieName));
  if (chosen) return chosen;
  return ctx.acceptsLanguages('zh-CN', 'zh', 'en') === 'en' ? 'en' : 'zh-CN';
}
