// What a page shows of an electronic licence that is being presented: the code to scan, the number to
// compare, and the form that looks whether it was shown.
import QRCode from 'qrcode';
import type { FormTarget } from '../platform/http/view-locals.ts';
import type { LicenceRequest } from './licence-request-store.ts';

export interface PresentedLicence {
  /** An SVG. */
  qrSvg: string;
  /** The same address, for who reads on the telephone that holds the licence. */
  href: string;
  number: string;
  until: Date;
  checkForm: FormTarget;
}

/** `check`: where the form that looks goes to. */
export async function presentedLicence(
  { page, number, expiresAt }: LicenceRequest,
  check: { action: string; state: string },
): Promise<PresentedLicence> {
  return {
    qrSvg: await QRCode.toString(page, { type: 'svg', margin: 0 }),
    href: page,
    number,
    until: expiresAt,
    checkForm: { action: check.action, fields: { request: check.state } },
  };
}
