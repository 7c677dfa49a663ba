// Names as people type them, made canonical: full-width letters and every dot that stands for the
// 间隔号 are accepted. Ideographs stay as typed: a Unicode normalisation would turn rare ones into
// others, and two people into one.

/** Middle dots of keyboards and fonts: ・ ‧ • ∙ ⋅ ． ᛫ ･ */
const DOTS = /[\u30FB\u2027\u2022\u2219\u22C5\uFF0E\u16EB\uFF65]/gu;
/** Letters, 〇, the planes of ideographs (also those that this release does not know yet), private use. */
const LETTER = String.raw`[\p{L}\p{M}\p{Co}\u3007\u{20000}-\u{3FFFD}]`;
const NAME = new RegExp(`^${LETTER}+(?:[· '-]${LETTER}+)*$`, 'u');
/** Of a name in a passport, which may be much longer than any Chinese one. */
const MAX_CHARACTERS = 100;

/** `阿卜杜拉・热合曼` → `阿卜杜拉·热合曼`, `SMITH, John Q.` → `SMITH John Q`; undefined for no name. */
export function canonicalName(text: string): string | undefined {
  const name = text
    .replaceAll(/[\uFF21-\uFF3A\uFF41-\uFF5A]/gu, (letter) => letter.normalize('NFKC'))
    .replaceAll(DOTS, '·')
    // A full stop is a 间隔号 between ideographs, and the end of an abbreviation elsewhere.
    .replaceAll(/(?<=\p{Script=Han}\s?)\.(?=\s?\p{Script=Han})/gu, '·')
    .replaceAll(/[.,，<]/gu, ' ')
    .replaceAll(/[\u2018\u2019\uFF07\u02BC]/gu, "'")
    .replaceAll(/[\u2010\u2011\u2013\uFF0D]/gu, '-')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    // Between ideographs a space is a slip of the input method.
    .replaceAll(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '')
    .replaceAll(/ ?· ?/gu, '·');
  return NAME.test(name) && Array.from(name).length <= MAX_CHARACTERS ? name : undefined;
}
