// What counts as a picture, by its bytes alone.
import { describe, expect, it } from 'vitest';
import { fileTypeOf } from './file-type.ts';

const JPEG = '\xFF\xD8\xFF\xE0\0\x10JFIF\0';
const PNG = '\x89PNG\r\n\x1A\n';

describe('the type of a file', () => {
  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['SVG after a declaration', '<?xml version="1.0"?><svg/>'],
    ['HTML', '<!doctype html><p>'],
    ['GIF', 'GIF89a\x01\0\x01\0'],
    ['TIFF', 'II*\0'],
    ['ZIP', 'PK\x03\x04'],
    ['nothing', ''],
    ['a PDF that begins later', ' %PDF-1.7'],
    ['JPEG with a script', `${JPEG}<SCRIPT>`],
    ['JPEG with a page', `${JPEG}...<html>`],
    ['JPEG with a PDF', `${JPEG}...%PDF-1.4`],
    ['PNG with an SVG', `${PNG}...<svg onload=`],
    ['PNG with PHP', `${PNG}...<?php`],
  ])('%s is none', (_name, text) => {
    expect(fileTypeOf(Buffer.from(text, 'latin1'))).toBeUndefined();
  });

  it.each([
    ['jpeg', JPEG],
    // What editors write of a picture looks like markup, and is none that runs.
    ['jpeg', `${JPEG}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>`],
    ['png', PNG],
    ['webp', 'RIFF\x10\0\0\0WEBPVP8 '],
    ['pdf', '%PDF-1.7\n'],
    ['heic', '\0\0\0\x18ftypheic'],
  ])('%s is known', (type, text) => {
    expect(fileTypeOf(Buffer.from(text, 'latin1'))).toBe(type);
  });
});
