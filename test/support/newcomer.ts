// Somebody who registers: a browser without script that fills in the pages of a sign-up.
import { CityBrowser, pageName } from './city-browser.ts';
import type { HttpVisitor, Visit } from './http-visitor.ts';
import type { MessageGateway } from './message-gateway.ts';

export const NEW_PASSWORD = 'seven quiet herons 41';

export const agreed = {
  new_password: NEW_PASSWORD,
  repeat_password: NEW_PASSWORD,
  agree: 'yes',
} as const;

let serial = 0;

/** A number that nobody has, as typed and as it is sent to. */
export function freshPhone(): { typed: string; e164: string } {
  serial += 1;
  const typed = `176${String(serial).padStart(8, '0')}`;
  return { typed, e164: `+86${typed}` };
}

export class Newcomer {
  readonly browser: CityBrowser;
  readonly #gateway: MessageGateway;

  constructor(issuer: string, gateway: MessageGateway, visitor?: HttpVisitor) {
    this.browser = new CityBrowser(issuer, visitor);
    this.#gateway = gateway;
  }

  /** To the page where the code is typed. */
  async askForCode(contact: string, start = '/sign-up'): Promise<Visit> {
    const page = await this.browser.open(start);
    return this.browser.press(page, 'send-code', { contact });
  }

  /** To the page after the code. */
  async proveContact(of: { typed: string; e164: string }, start?: string): Promise<Visit> {
    const asked = await this.askForCode(of.typed, start);
    requirePage(asked, 'sign-up-code');
    const code = await this.#gateway.codeFor(of.e164);
    return this.browser.press(asked, 'verify', { code });
  }

  /** To the page that says it is done. */
  async register(
    of: { typed: string; e164: string },
    fields: Readonly<Record<string, string>> = {},
  ): Promise<Visit> {
    const details = await this.proveContact(of);
    requirePage(details, 'sign-up-details');
    return this.browser.press(details, 'register', { ...agreed, ...fields });
  }
}

function requirePage(visit: Visit, name: string): void {
  if (pageName(visit) === name) return;
  throw new Error(`${name} expected, not ${visit.status} ${pageName(visit)} at ${visit.url}`);
}
