// What files of evidence become, and what is not taken, by processes as in production.
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { bombPng, photo, plainPdf } from '../../test/support/evidence-samples.ts';
import { FileConverter } from './file-converter.ts';

const converter = new FileConverter();

describe('not taken', () => {
  const cases: [string, Buffer, string][] = [
    [
      'SVG under any name',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      'not_readable',
    ],
    [
      'HEIC',
      Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(64)]),
      'heic',
    ],
    [
      'a bomb of 30000 × 30000 pixels in some kilobytes',
      bombPng(30_000, 30_000),
      'too_many_pixels',
    ],
    ['a PDF that is none', Buffer.from('%PDF-1.7\n<script>alert(1)</script>'), 'not_readable'],
    ['a PDF of 11 pages', plainPdf(11), 'too_many_pages'],
  ];
  it.each(cases)('%s', async (_name, bytes, reason) => {
    expect(await converter.convert(bytes)).toEqual({ ok: false, reason });
  });

  it('a JPEG that is a page of HTML as well', async () => {
    const picture = await photo({ width: 40, height: 30 });
    const both = Buffer.concat([picture, Buffer.from('<html><script>alert(1)</script></html>')]);
    expect(await converter.convert(both)).toEqual({ ok: false, reason: 'not_readable' });
    expect(await converter.convert(picture)).toMatchObject({ ok: true });
  });

  it('a JPEG that breaks off', async () => {
    const picture = await photo({ width: 400, height: 300 });
    const half = picture.subarray(0, picture.length / 2);
    expect(await converter.convert(half)).toEqual({ ok: false, reason: 'not_readable' });
  });

  it('what takes longer than its time; its process is gone with it', async () => {
    const hasty = new FileConverter({ timeLimitMs: 1 });
    expect(await hasty.convert(plainPdf(10))).toEqual({ ok: false, reason: 'too_slow' });
    expect(await converter.convert(plainPdf(1))).toMatchObject({ ok: true });
  });

  it('more than can wait', async () => {
    const narrow = new FileConverter({ concurrency: 1, maxWaiting: 1 });
    const picture = await photo({ width: 40, height: 30 });
    const all = await Promise.allSettled([1, 2, 3].map(() => narrow.convert(picture)));
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(all[2]).toMatchObject({ reason: { code: 'overloaded' } });
  });
});

describe('taken', () => {
  it('a photo comes out upright, bounded and without what the camera wrote into it', async () => {
    const picture = await photo({ width: 3000, height: 1000, orientation: 6, owner: 'ZhangSan' });
    expect(picture.includes(Buffer.from('ZhangSan'))).toBe(true);
    const outcome = await converter.convert(picture);
    if (!outcome.ok) throw new Error(outcome.reason);
    const [page] = outcome.pages;
    expect(page).toMatchObject({ width: 800, height: 2400 });
    const { exif, format, orientation } = await sharp(page?.bytes).metadata();
    expect({ exif, format, orientation }).toEqual({
      exif: undefined,
      format: 'jpeg',
      orientation: undefined,
    });
    expect(Buffer.from(page?.bytes ?? []).includes(Buffer.from('ZhangSan'))).toBe(false);
  });

  it.each(['png', 'webp'] as const)('%s, transparent parts in white', async (format) => {
    const clear = {
      width: 20,
      height: 10,
      channels: 4,
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    } as const;
    const outcome = await converter.convert(await sharp({ create: clear })[format]().toBuffer());
    if (!outcome.ok) throw new Error(outcome.reason);
    const { data } = await sharp(outcome.pages[0]?.bytes)
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data[0]).toBeGreaterThan(250);
  });

  it('the pages of a PDF, as pictures of what is on them', async () => {
    const outcome = await converter.convert(plainPdf(2));
    if (!outcome.ok) throw new Error(outcome.reason);
    expect(outcome.pages.map(({ width, height }) => [width, height])).toEqual([
      [1240, 1754],
      [1240, 1754],
    ]);
    // The text is there: not all of the page is white.
    const { channels } = await sharp(outcome.pages[1]?.bytes).stats();
    expect(channels[0]?.min).toBeLessThan(50);
    expect(channels[0]?.mean).toBeGreaterThan(240);
  });
});
