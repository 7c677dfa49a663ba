// Pictures and documents as people send them, and as attackers do; made here, so that none is kept.
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** A JPEG with what a camera writes into it. */
export function photo(of: {
  width: number;
  height: number;
  orientation?: number;
  owner?: string;
}): Promise<Buffer> {
  const { width, height, orientation = 1, owner = 'camera' } = of;
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  return sharp({ create: { width, height, channels: 3, background: '#888', noise } })
    .withExif({ IFD0: { Copyright: owner } })
    .withMetadata({ orientation })
    .jpeg()
    .toBuffer();
}

/** A PNG of one colour: kilobytes that unfold to gigabytes. */
export function bombPng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // One bit for each pixel, grey.
  header.set([1, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height), { level: 9 });
  const signature = Buffer.from('\x89PNG\r\n\x1A\n', 'latin1');
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', rows),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A4 pages with a line of text. */
export function plainPdf(pages: number): Buffer {
  const kids = Array.from({ length: pages }, (_, index) => `${5 + index} 0 R`).join(' ');
  const text = 'BT /F1 48 Tf 60 700 Td (Hello evidence) Tj ET';
  const page =
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 3 0 R>>>>>>';
  return Buffer.from(
    [
      '%PDF-1.4',
      '1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj',
      `2 0 obj<</Type/Pages/Kids[${kids}]/Count ${pages}>>endobj`,
      '3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj',
      `4 0 obj<</Length ${text.length}>>stream\n${text}\nendstream endobj`,
      ...Array.from({ length: pages }, (_, index) => `${5 + index} 0 obj${page}endobj`),
      'trailer<</Root 1 0 R>>',
    ].join('\n'),
  );
}
