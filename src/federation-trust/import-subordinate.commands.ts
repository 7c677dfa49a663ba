// `hutong federation subordinates import`: a city joins with what it has signed, handed over as a file or
// fetched from its address.
import { decodeJwt } from 'jose';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { parseStrictJson } from '../platform/strict-json.ts';
import { admitSubordinate, readApplicant } from './admit-subordinate.ts';
import type { AdmitDependencies } from './admit-subordinate.ts';
import type { Officers } from './hold-officers.ts';
import { isEntityId } from './entity-id.ts';
import { sayRefusal } from './say-refusal.commands.ts';
import { termsSchema } from './subordinate.ts';
import type { SubordinateTerms } from './subordinate.ts';

const PREFIX = 'federation-trust.command';

interface ImportDependencies extends AdmitDependencies {
  terminal: Terminal;
}

interface ImportOrder {
  /** A file, or an address. */
  source: string;
  options: { terms?: string; yes?: boolean };
  officers: Officers;
}

/** @returns the exit code */
export async function importSubordinate(
  deps: ImportDependencies,
  { source, options, officers }: ImportOrder,
): Promise<number> {
  const { complain, print, t } = deps.terminal;
  const refuse = (key: string, values: Readonly<Record<string, string>> = {}) => {
    complain(t(`${PREFIX}.${key}`, values));
    return exitCode.refused;
  };
  const terms = await readTerms(deps.terminal, options.terms);
  if (!terms.ok) return refuse(terms.key, terms.values);
  const of = await applicant(deps.terminal, source);
  if (!of) return refuse('no_issuer', { file: source });
  const read = await readApplicant(deps, of);
  if (!read.ok) return sayRefusal(deps.terminal, read.refusal);
  const { claims } = read.statement;
  print(
    t(`${PREFIX}.found`, {
      entity: claims.sub,
      types: Object.keys(claims.metadata ?? {}).join(', '),
      keys: claims.jwks.keys.map(({ kid }) => kid).join(', '),
      cap: terms.terms.levelCap,
    }),
  );
  if (options.yes !== true) return refuse('not_confirmed');
  const order = { statement: read.statement, terms: terms.terms };
  const outcome = await admitSubordinate(deps, order, officers);
  if (outcome.ok) {
    print(t(`${PREFIX}.${outcome.change}`));
    return exitCode.done;
  }
  return 'refusal' in outcome
    ? sayRefusal(deps.terminal, outcome.refusal)
    : refuse('changed_meanwhile');
}

type ReadTerms =
  | { ok: true; terms: SubordinateTerms }
  | { ok: false; key: string; values: Record<string, string> };

async function readTerms(terminal: Terminal, file: string | undefined): Promise<ReadTerms> {
  const text = file === undefined ? undefined : await readText(terminal, file);
  const json = text === undefined ? undefined : parseStrictJson(text);
  if (!json?.ok) return { ok: false, key: 'file_unreadable', values: { file: file ?? '--terms' } };
  const parsed = termsSchema.safeParse(json.value);
  if (parsed.success) return { ok: true, terms: parsed.data };
  const place = parsed.error.issues[0]?.path.join('.') ?? '';
  return { ok: false, key: 'terms_invalid', values: { place } };
}

/** Undefined for what is neither an address nor a signed statement. */
async function applicant(
  terminal: Terminal,
  source: string,
): Promise<{ entity: string; jwt?: string } | undefined> {
  if (isEntityId(source)) return { entity: source };
  const jwt = (await readText(terminal, source))?.trim();
  try {
    const { sub } = decodeJwt(jwt ?? '');
    return jwt === undefined || sub === undefined ? undefined : { entity: sub, jwt };
  } catch {
    return undefined;
  }
}

async function readText(terminal: Terminal, file: string): Promise<string | undefined> {
  try {
    return await terminal.read(file);
  } catch {
    return undefined;
  }
}
