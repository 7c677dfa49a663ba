// What a file of evidence becomes: images that this product has drawn itself. Of what was sent no
// byte survives.

/** Why a file is not taken. */
export type FileRefusal =
  /** Neither a picture nor a PDF that can be read, whatever its name says. */
  | 'not_readable'
  /** HEIC of telephones: no decoder that may be shipped. */
  | 'heic'
  | 'too_many_pixels'
  | 'too_many_pages'
  | 'pdf_locked'
  /** It did not end within its time: a bomb, or far too large. */
  | 'too_slow';

/** A JPEG, as drawn here. */
export interface DrawnPage {
  bytes: Uint8Array;
  width: number;
  height: number;
}

export type ConvertOutcome = { ok: true; pages: DrawnPage[] } | { ok: false; reason: FileRefusal };

export interface ConversionLimits {
  /** Of a picture as it comes; telephones make 12 to 50 million. */
  inputPixels: number;
  /** The longer side of what is kept. */
  longestSide: number;
  /** Of a PDF. */
  pages: number;
}

export const conversionLimits: ConversionLimits = {
  inputPixels: 60_000_000,
  longestSide: 2400,
  pages: 10,
};

/** What the converting process is given, once. */
export interface ConversionOrder {
  bytes: Uint8Array;
  limits: ConversionLimits;
}
