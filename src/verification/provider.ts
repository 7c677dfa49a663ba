// What every source that compares elements of an identity looks like to the rest: what it is told,
// how far its word goes, and an answer that is always a value.
import type { Certificate } from '../accounts/identity-number.ts';
import type { ElementSource, SourceConfig } from '../platform/verification-config.ts';
import type { CallFailure } from './connector-runner.ts';

export interface IdentityClaim {
  name: string;
  certificate: Certificate;
}

/** What is told beside name and number, where a source compares it. */
export interface ExtraElements {
  /** Confirmed, of the mainland: eleven digits. */
  phone?: string | undefined;
  /** Digits only. Asked about, and never kept. */
  card?: string | undefined;
}
export type ExtraElement = keyof ExtraElements;

/** Beside name and number. */
export const extraElements: Readonly<Record<ElementSource, readonly ExtraElement[]>> = {
  population: [],
  socialSecurity: [],
  operator: ['phone'],
  bank: ['phone', 'card'],
};

export type CheckOutcome =
  | { outcome: 'matched'; resultCode: string; reference: string }
  | { outcome: 'mismatched'; resultCode: ElementCode; reference: string }
  | CallFailure;

/**
 * 00 all agree; 01 the number has another name; 02 no such number; 03 the phone is somebody else's;
 * 04 the card is.
 */
export const elementCodes = ['00', '01', '02', '03', '04'] as const;
export type ElementCode = (typeof elementCodes)[number];

export interface VerificationProvider {
  readonly id: ElementSource;
  /** The highest level that its word alone supports. */
  readonly cap: number;
  check(claim: IdentityClaim, extra?: ExtraElements): Promise<CheckOutcome>;
}

export interface AskedSource {
  provider: VerificationProvider;
  config: SourceConfig;
}
/** Those that the city asks. */
export type ElementRegisters = Readonly<Partial<Record<ElementSource, AskedSource>>>;
