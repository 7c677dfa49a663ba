// The number of a bank card as people type it. It is asked about and never kept.

/** ISO/IEC 7812: cards of the mainland have 16 to 19 digits. */
const NUMBER = /^\d{16,19}$/u;

/** Digits only, full-width ones too; undefined for what no card has (Luhn, ISO/IEC 7812-1 annex B). */
export function readBankCard(text: string): string | undefined {
  const digits = text.normalize('NFKC').replaceAll(/[\s-]/gu, '');
  return NUMBER.test(digits) && isLuhn(digits) ? digits : undefined;
}

function isLuhn(digits: string): boolean {
  const sum = Array.from(digits, Number)
    .reverse()
    .map((digit, index) => (index % 2 === 0 ? digit : doubled(digit)))
    .reduce((total, each) => total + each, 0);
  return sum % 10 === 0;
}

/** With its two digits added up. */
function doubled(digit: number): number {
  return digit > 4 ? digit * 2 - 9 : digit * 2;
}
