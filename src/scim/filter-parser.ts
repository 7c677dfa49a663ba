// Filters of RFC 7644, 3.4.2.2, as a tree. What their attributes are is looked at when they are used.
import { ScimError } from './scim-error.ts';

export const comparisons = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type Comparison = (typeof comparisons)[number];
export type FilterValue = string | number | boolean | null;

export type Filter =
  | { kind: 'and' | 'or'; parts: readonly Filter[] }
  | { kind: 'not'; part: Filter }
  | { kind: 'present'; path: string }
  | { kind: 'compare'; path: string; comparison: Comparison; value: FilterValue }
  /** Some value of the attribute meets the filter as a whole. */
  | { kind: 'some'; path: string; part: Filter };

/** `emails[type eq "work"].value` (RFC 7644, 3.5.2). */
export interface PatchPath {
  path: string;
  filter: Filter | undefined;
  sub: string | undefined;
}

type Token = { kind: 'word' | 'text' | 'mark'; text: string };

const MAX_LENGTH = 4000;
const MAX_DEPTH = 20;
const TOKEN = /\s*(?:(?<mark>[()[\]])|(?<text>"(?:[^"\\]|\\.)*")|(?<word>[^\s()[\]"]+))/uy;

/** @throws ScimError `filter_wrong` */
export function parseFilter(text: string): Filter {
  const parser = new FilterParser(tokensOf(text, 'filter_wrong'), 'filter_wrong');
  const filter = parser.either(0);
  parser.end();
  return filter;
}

/** @throws ScimError `path_wrong` */
export function parsePatchPath(text: string): PatchPath {
  const parser = new FilterParser(tokensOf(text, 'path_wrong'), 'path_wrong');
  const path = parser.word();
  if (!parser.takes('[')) {
    parser.end();
    return { path, filter: undefined, sub: undefined };
  }
  const filter = parser.either(1);
  parser.expect(']');
  const rest = parser.peek()?.kind === 'word' ? parser.word() : undefined;
  parser.end();
  if (rest !== undefined && !/^\.[^.]+$/u.test(rest)) throw new ScimError('path_wrong');
  return { path, filter, sub: rest?.slice(1) };
}

function tokensOf(text: string, problem: 'filter_wrong' | 'path_wrong'): Token[] {
  if (text.length > MAX_LENGTH) throw new ScimError(problem);
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  const whole = text.trimEnd();
  while (pattern.lastIndex < whole.length) {
    const groups = pattern.exec(whole)?.groups;
    if (!groups) throw new ScimError(problem);
    const [kind, found] = Object.entries(groups).find(([, value]) => value !== undefined) ?? [];
    tokens.push({ kind: kind as Token['kind'], text: found ?? '' });
  }
  return tokens;
}

class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #problem: 'filter_wrong' | 'path_wrong';
  #at = 0;

  constructor(tokens: readonly Token[], problem: 'filter_wrong' | 'path_wrong') {
    this.#tokens = tokens;
    this.#problem = problem;
  }

  either(depth: number): Filter {
    return this.#joined('or', depth, () => this.#joined('and', depth, () => this.#term(depth)));
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  word(): string {
    const token = this.#next();
    if (token.kind !== 'word') throw this.#wrong();
    return token.text;
  }

  takes(mark: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'mark' || token.text !== mark) return false;
    this.#at += 1;
    return true;
  }

  expect(mark: string): void {
    if (!this.takes(mark)) throw this.#wrong();
  }

  end(): void {
    if (this.peek()) throw this.#wrong();
  }

  #joined(kind: 'and' | 'or', depth: number, part: () => Filter): Filter {
    if (depth > MAX_DEPTH) throw this.#wrong();
    const first = part();
    const parts = [first];
    while (this.#takesWord(kind)) parts.push(part());
    return parts.length === 1 ? first : { kind, parts };
  }

  #term(depth: number): Filter {
    if (this.takes('(')) return this.#closed(depth, ')');
    if (this.#takesWord('not')) {
      this.expect('(');
      return { kind: 'not', part: this.#closed(depth, ')') };
    }
    const path = this.word();
    if (this.takes('[')) return this.#some(path, depth);
    return this.#condition(path);
  }

  /** Also `emails[type eq "work"].value eq "a@b.cn"`, as a widely used client writes it. */
  #some(path: string, depth: number): Filter {
    const part = this.#closed(depth, ']');
    if (this.peek()?.text.startsWith('.') !== true) return { kind: 'some', path, part };
    const condition = this.#condition(this.word().slice(1));
    return { kind: 'some', path, part: { kind: 'and', parts: [part, condition] } };
  }

  #condition(path: string): Filter {
    const operator = this.word().toLowerCase();
    if (operator === 'pr') return { kind: 'present', path };
    const comparison = comparisons.find((known) => known === operator);
    if (!comparison) throw this.#wrong();
    return { kind: 'compare', path, comparison, value: this.#value() };
  }

  #closed(depth: number, mark: string): Filter {
    const filter = this.either(depth + 1);
    this.expect(mark);
    return filter;
  }

  #value(): FilterValue {
    const { kind, text } = this.#next();
    if (kind === 'mark') throw this.#wrong();
    const word = kind === 'word' ? text.toLowerCase() : text;
    try {
      const value: unknown = JSON.parse(word);
      if (typeof value !== 'object' || value === null) return value as FilterValue;
    } catch {
      // Told below like everything else that is no value.
    }
    throw this.#wrong();
  }

  #takesWord(word: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #next(): Token {
    const token = this.peek();
    if (!token) throw this.#wrong();
    this.#at += 1;
    return token;
  }

  #wrong(): ScimError {
    return new ScimError(this.#problem);
  }
}
