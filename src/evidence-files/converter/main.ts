// A process that converts one file and ends. It holds no keys, has no environment and no database;
// whoever breaks out of a decoder here has gained a file that he had before. Its parent kills it
// when it takes too long.
import type { ConversionOrder, ConvertOutcome } from '../conversion.ts';
import { drawPdf } from './draw-pdf.ts';
import { drawPicture } from './draw-picture.ts';
import { fileTypeOf } from './file-type.ts';

process.once('message', (order: ConversionOrder) => {
  convert(order).then(answer, () => answer({ ok: false, reason: 'not_readable' }));
});
process.once('disconnect', () => process.exit(0));

async function convert({ bytes, limits }: ConversionOrder): Promise<ConvertOutcome> {
  const file = Buffer.from(bytes);
  const type = fileTypeOf(file);
  if (type === undefined) return { ok: false, reason: 'not_readable' };
  if (type === 'heic') return { ok: false, reason: 'heic' };
  return type === 'pdf' ? drawPdf(file, limits) : drawPicture(file, limits);
}

function answer(outcome: ConvertOutcome): void {
  process.send?.(outcome);
}
