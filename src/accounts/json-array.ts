// Cuts a stream of JSON text that is one array into the texts of its elements, so that a file of
// any size is read with the memory of one element.

/** A file with a structure that no row can be blamed for. */
export class JsonArrayError extends Error {
  override readonly name = 'JsonArrayError';
}

const MAX_ELEMENT_LENGTH = 65_536;
const WHITE_SPACE = /\s/u;

type Place = 'before' | 'inside' | 'after';

/** @throws JsonArrayError when the text is no array or an element is longer than 64 Ki characters. */
export async function* jsonArrayElements(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let place: Place = 'before';
  let element = '';
  const nesting = new Nesting();
  for await (const chunk of chunks) {
    for (const character of chunk) {
      if (place !== 'inside') {
        if (WHITE_SPACE.test(character)) continue;
        if (place === 'after' || character !== '[') throw new JsonArrayError('not an array');
        place = 'inside';
        continue;
      }
      const isEnd = nesting.isOutside && (character === ',' || character === ']');
      if (!isEnd) {
        nesting.read(character);
        element += character;
        if (element.length > MAX_ELEMENT_LENGTH) throw new JsonArrayError('element too long');
        continue;
      }
      if (element.trim() !== '') yield element;
      element = '';
      if (character === ']') place = 'after';
    }
  }
  if (place !== 'after') throw new JsonArrayError('the array is not closed');
}

/** How deep inside objects, arrays and strings the next character stands. */
class Nesting {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  get isOutside(): boolean {
    return this.#depth === 0 && !this.#isInString;
  }

  read(character: string): void {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (character === '\\') this.#isEscaped = true;
      else if (character === '"') this.#isInString = false;
      return;
    }
    if (character === '"') this.#isInString = true;
    else if (character === '{' || character === '[') this.#depth += 1;
    else if (character === '}' || character === ']') this.#depth -= 1;
  }
}
