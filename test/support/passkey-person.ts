// A person at a real browser with an authenticator that the browser's own tools simulate.
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  CDPSession,
  Page,
} from 'playwright-core';
import type { CityAccount } from './city-accounts.ts';
import { otpOf } from './city-browser.ts';

export interface PasskeyPerson {
  context: BrowserContext;
  page: Page;
  cdp: CDPSession;
  authenticatorId: string;
}

export interface StoredCredential {
  credentialId: string;
  isResidentCredential: boolean;
  rpId: string;
  privateKey: string;
  userHandle: string;
  signCount: number;
}

export async function openPasskeyPerson(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<PasskeyPerson> {
  const context = await browser.newContext({ locale: 'zh-CN', ...options });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { context, page, cdp, authenticatorId };
}

export async function credentialsOf(person: PasskeyPerson): Promise<StoredCredential[]> {
  const { authenticatorId } = person;
  const { credentials } = await person.cdp.send('WebAuthn.getCredentials', { authenticatorId });
  return credentials as StoredCredential[];
}

/** The name of the page that is shown. */
export function shownPage(page: Page): Promise<string | null> {
  return page.getAttribute('body', 'data-page');
}

/** Presses a button and waits for the page that comes. */
export async function pressAndWait(page: Page, button: string): Promise<void> {
  await Promise.all([page.waitForEvent('load'), page.click(`#${button}`)]);
}

/** Signs in with the password, and the authenticator app where it is asked for. */
export async function typePassword(page: Page, account: CityAccount): Promise<void> {
  await page.fill('#login', account.login);
  await page.fill('#password', account.password);
  await pressAndWait(page, 'sign-in');
  if ((await shownPage(page)) !== 'second-factor' || account.totpSecret === undefined) return;
  await page.fill('#otp', await otpOf(account));
  await pressAndWait(page, 'verify');
}
