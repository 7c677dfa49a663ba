// Decodes a picture whole and draws it anew: upright, bounded, without anything that was not seen.
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import type { ConversionLimits, ConvertOutcome, DrawnPage } from '../conversion.ts';

const LOADERS = [
  'VipsForeignLoadJpegBuffer',
  'VipsForeignLoadPngBuffer',
  'VipsForeignLoadWebpBuffer',
];
const QUALITY = 84;
const WHITE = '#ffffff';

// The library could read much more than is taken here, each with a parser of its own.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: LOADERS });
sharp.cache(false);
sharp.concurrency(1);

/** `bytes`: JPEG, PNG or WebP; of a moving picture its first frame. */
export async function drawPicture(
  bytes: Buffer,
  { inputPixels, longestSide }: ConversionLimits,
): Promise<ConvertOutcome> {
  const options = { limitInputPixels: inputPixels, failOn: 'error' } as const;
  const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
  if (width * height > inputPixels) return { ok: false, reason: 'too_many_pixels' };
  const picture = sharp(bytes, options)
    .autoOrient()
    .resize({ width: longestSide, height: longestSide, fit: 'inside', withoutEnlargement: true });
  return { ok: true, pages: [await encode(picture)] };
}

/** @param raw RGBA, row by row */
export function encodeRaw(raw: Uint8Array, size: { width: number; height: number }) {
  return encode(sharp(raw, { raw: { ...size, channels: 4 } }));
}

async function encode(picture: Sharp): Promise<DrawnPage> {
  const { data, info } = await picture
    .flatten({ background: WHITE })
    .toColourspace('srgb')
    .jpeg({ quality: QUALITY })
    .toBuffer({ resolveWithObject: true });
  return { bytes: data, width: info.width, height: info.height };
}
