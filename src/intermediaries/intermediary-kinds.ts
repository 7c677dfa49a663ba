// The kinds that a city knows, with their words: its own, or those of the supplied list.
import { locales } from '../platform/http/locale.ts';
import type { Words } from '../platform/http/locale.ts';
import type { IntermediaryKindConfig } from '../platform/intermediaries-config.ts';
import type { IntermediaryKind, Names } from './qualification.ts';

export function namedKinds(
  configured: readonly IntermediaryKindConfig[],
  words: Words,
): IntermediaryKind[] {
  const inAll = (key: string) =>
    Object.fromEntries(locales.map((locale) => [locale, words.translate(locale, key)])) as Names;
  return configured.map(({ id, name, department, hasNumber, mostYears }) => ({
    id,
    name: name ?? inAll(`intermediary.kinds.${id}`),
    department: department ?? inAll(`intermediary.departments.${id}`),
    hasNumber,
    mostYears,
  }));
}
