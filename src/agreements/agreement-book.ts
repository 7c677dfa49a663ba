// The texts people agree to: a folder per agreement, in it a list of versions and one file per
// version and language. A text may only change together with its version: the list has its hash.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../platform/errors.ts';
import { locales } from '../platform/http/locale.ts';
import type { Locale } from '../platform/http/locale.ts';

/** Every agreement there is; the name is that of its folder and stands in its address. */
export const agreementNames = ['real-name-registration', 'child-information'] as const;
export type AgreementName = (typeof agreementNames)[number];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/u);

const listSchema = z.strictObject({
  /** Also those who never agreed to any version are asked at their next sign-in. */
  askExisting: z.boolean(),
  /** Oldest first. */
  versions: z
    .array(
      z.strictObject({
        version: z.int().min(1),
        effectiveFrom: z.iso.date(),
        /** SHA-256 of the text file, hexadecimal. */
        hashes: z.strictObject({ 'zh-CN': sha256, en: sha256 }),
      }),
    )
    .min(1)
    .refine((versions) => versions.every(({ version }, index) => version === index + 1), {
      message: 'versions must count from 1',
    }),
});

const textSchema = z.strictObject({
  title: z.string().min(1).max(200),
  intro: z.string().min(1),
  sections: z
    .array(
      z.strictObject({ heading: z.string().min(1), paragraphs: z.array(z.string().min(1)).min(1) }),
    )
    .min(1),
});

export type AgreementText = z.infer<typeof textSchema>;

export interface AgreementVersion {
  name: AgreementName;
  version: number;
  /** ISO date. */
  effectiveFrom: string;
  hashes: Readonly<Record<Locale, string>>;
  texts: Readonly<Record<Locale, AgreementText>>;
}

interface Agreement {
  askExisting: boolean;
  versions: readonly AgreementVersion[];
}

export class AgreementBook {
  readonly #agreements: ReadonlyMap<AgreementName, Agreement>;

  /** @throws AppError `configuration_invalid` for a text whose hash is not the listed one. */
  constructor(folder: string) {
    this.#agreements = new Map(agreementNames.map((name) => [name, readAgreement(folder, name)]));
  }

  current(name: AgreementName): AgreementVersion {
    const newest = this.#of(name).versions.at(-1);
    if (!newest) throw new RangeError(`no agreement ${name}`);
    return newest;
  }

  find(name: AgreementName, version: number): AgreementVersion | undefined {
    return this.#of(name).versions[version - 1];
  }

  /** Whether accounts that accepted no version are asked as well. */
  asksExisting(name: AgreementName): boolean {
    return this.#of(name).askExisting;
  }

  #of(name: AgreementName): Agreement {
    const agreement = this.#agreements.get(name);
    if (!agreement) throw new RangeError(`no agreement ${name}`);
    return agreement;
  }
}

function readAgreement(folder: string, name: AgreementName): Agreement {
  try {
    const list = readJson(listSchema, join(folder, name, 'agreement.json')).content;
    const versions = list.versions.map((of) => readVersion(join(folder, name), name, of));
    return { askExisting: list.askExisting, versions };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const problem = `agreement ${name}: ${cause instanceof Error ? cause.message : 'unreadable'}`;
    throw new AppError('configuration_invalid', { cause, details: { problem } });
  }
}

function readVersion(
  folder: string,
  name: AgreementName,
  listed: z.infer<typeof listSchema>['versions'][number],
): AgreementVersion {
  const texts = locales.map((locale) => {
    const file = `${listed.version}.${locale}.json`;
    const { content, hash } = readJson(textSchema, join(folder, file));
    if (hash !== listed.hashes[locale]) {
      const problem = `agreement ${name}: ${file} has the hash ${hash}, which is not the listed one; a changed text needs a new version`;
      throw new AppError('configuration_invalid', { details: { problem } });
    }
    return [locale, content] as const;
  });
  return { ...listed, name, texts: Object.fromEntries(texts) as Record<Locale, AgreementText> };
}

function readJson<T extends z.ZodType>(schema: T, path: string) {
  const bytes = readFileSync(path);
  const content: z.output<T> = schema.parse(JSON.parse(bytes.toString('utf8')));
  return { content, hash: createHash('sha256').update(bytes).digest('hex') };
}
