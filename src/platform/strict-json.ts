// JSON from programs, read so that nobody can mean two things by it: RFC 8259 leaves open which of
// two members of one name counts, and what half of a surrogate pair stands for.

export type StrictJson =
  | { ok: true; value: unknown }
  | { ok: false; problem: 'syntax' | 'duplicate_member' | 'bad_character' };

// Of text that is known to be JSON: strings, and what opens, closes and separates.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gu;

export function parseStrictJson(text: string): StrictJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'syntax' };
  }
  const problem = tokenProblem(text);
  return problem ? { ok: false, problem } : { ok: true, value };
}

function tokenProblem(text: string): 'duplicate_member' | 'bad_character' | undefined {
  /** Names seen in each open object; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let last: string | undefined;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const names = open.at(-1);
      if (last === undefined || names === undefined) continue;
      if (names.has(last)) return 'duplicate_member';
      names.add(last);
    } else if (token.startsWith('"')) {
      last = JSON.parse(token) as string;
      if (!last.isWellFormed() || last.includes('\0')) return 'bad_character';
    }
  }
  return undefined;
}
