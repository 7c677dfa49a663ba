// Draws the pages of a PDF. Scripts, attachments and links are never looked at: only what a printer
// would put on paper.
import { PDFiumLibrary } from '@hyzyla/pdfium';
import type { ConversionLimits, ConvertOutcome, DrawnPage } from '../conversion.ts';
import { encodeRaw } from './draw-picture.ts';

/** 150 dpi: a certificate that fills a page can be read. */
const SCALE = 150 / 72;

export async function drawPdf(bytes: Buffer, limits: ConversionLimits): Promise<ConvertOutcome> {
  const library = await PDFiumLibrary.init();
  let document: Awaited<ReturnType<PDFiumLibrary['loadDocument']>>;
  try {
    document = await library.loadDocument(bytes);
  } catch (error) {
    return { ok: false, reason: isPasswordError(error) ? 'pdf_locked' : 'not_readable' };
  }
  const count = document.getPageCount();
  if (count === 0) return { ok: false, reason: 'not_readable' };
  if (count > limits.pages) return { ok: false, reason: 'too_many_pages' };
  const pages: DrawnPage[] = [];
  for (let index = 0; index < count; index += 1) {
    const page = document.getPage(index);
    const { originalWidth, originalHeight } = page.getOriginalSize();
    const longest = Math.max(originalWidth, originalHeight);
    if (!(longest > 0)) return { ok: false, reason: 'not_readable' };
    const scale = Math.min(SCALE, limits.longestSide / longest);
    const size = {
      width: Math.max(1, Math.round(originalWidth * scale)),
      height: Math.max(1, Math.round(originalHeight * scale)),
    };
    const { data, width, height } = await page.render({ ...size, render: 'bitmap' });
    pages.push(await encodeRaw(data, { width, height }));
  }
  return { ok: true, pages };
}

/** The library tells by words alone. */
function isPasswordError(error: unknown): boolean {
  return error instanceof Error && /password|security/iu.test(error.message);
}
