// What a file is by its first bytes. Names and stated types are never asked.

export type FileType = 'jpeg' | 'png' | 'webp' | 'pdf' | 'heic';

const HEIC_BRANDS = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1']);
/** Documents that a browser would run, behind the first bytes of a picture. */
const MARKUP = /<script|<html|<!doctype|<svg[\s>]|<iframe|<\?php|%pdf-/iu;

/** Undefined for everything else, and for a picture that is also a document. */
export function fileTypeOf(bytes: Buffer): FileType | undefined {
  if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') return 'pdf';
  const type = pictureTypeOf(bytes);
  if (type === undefined || type === 'heic') return type;
  return MARKUP.test(bytes.toString('latin1')) ? undefined : type;
}

function pictureTypeOf(bytes: Buffer): Exclude<FileType, 'pdf'> | undefined {
  const text = (from: number, to: number) => bytes.subarray(from, to).toString('latin1');
  if (text(0, 3) === '\xFF\xD8\xFF') return 'jpeg';
  if (text(0, 8) === '\x89PNG\r\n\x1A\n') return 'png';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  return text(4, 8) === 'ftyp' && HEIC_BRANDS.has(text(8, 12)) ? 'heic' : undefined;
}
