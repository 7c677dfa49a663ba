// Somebody who cannot sign in any more: a browser without script that goes through a recovery.
import { nextAddress } from './http-visitor.ts';
import type { HttpVisitor, Visit } from './http-visitor.ts';
import { CityBrowser, pageName } from './city-browser.ts';
import type { MessageGateway } from './message-gateway.ts';

export const RECOVERED_PASSWORD = 'nine calm otters 57';

export const chosen = {
  new_password: RECOVERED_PASSWORD,
  repeat_password: RECOVERED_PASSWORD,
} as const;

interface TypedContact {
  /** As typed. */
  contact: string;
  /** Where the message arrives. */
  to: string;
  login?: string;
}

export class Forgetful {
  readonly browser: CityBrowser;
  readonly #gateway: MessageGateway;

  constructor(issuer: string, gateway: MessageGateway, visitor?: HttpVisitor) {
    this.browser = new CityBrowser(issuer, visitor);
    this.#gateway = gateway;
  }

  /** To the page where the code is typed. */
  async askForCode({ contact, to, login = '' }: TypedContact, start?: string): Promise<Visit> {
    const by = to.includes('@') ? '?by=mail' : '?by=phone';
    const page = await this.browser.open(start ?? `/recover${by}`);
    return this.browser.press(page, 'send-code', { contact, login });
  }

  /** To the page after the code. */
  async proveContact(of: TypedContact, start?: string): Promise<Visit> {
    const before = this.codesOf(of.to);
    const asked = await this.askForCode(of, start);
    if (pageName(asked) !== 'recover-code') throw new Error(`${asked.status} ${pageName(asked)}`);
    const code = await this.#gateway.codeFor(of.to, before);
    return this.browser.press(asked, 'verify', { code });
  }

  /** From the page of the face to the one after the service. */
  async proveFace(
    page: Visit,
    fields: { name: string; number: string },
    decision = 'same_person',
  ): Promise<Visit> {
    const answer = await this.browser.press(page, 'face', { ...fields, consent: 'yes' });
    const start = nextAddress(answer);
    if (!start) return answer;
    const decided = await fetch(new URL('/decide', start), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ request: start.searchParams.get('request') ?? '', decision }),
    });
    return this.browser.open(decided.headers.get('location') ?? '');
  }

  codesOf(to: string): number {
    return this.#gateway.received.filter(
      (message) => message.to === to && /(?<!\d)\d{6}(?!\d)/u.test(message.text),
    ).length;
  }
}

/** The newest link of this kind that reached a contact. */
export function linkIn(gateway: MessageGateway, to: string, path: string): string | undefined {
  const links = gateway.received
    .filter((message) => message.to === to)
    .flatMap(({ text }) => [...text.matchAll(/https?:\/\/[^\s，。]+/gu)].map(([link]) => link))
    .filter((link) => new URL(link).pathname.startsWith(path));
  return links.at(-1);
}
