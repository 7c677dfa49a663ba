// A person at the demonstration city in a real browser: what the journeys and the pictures share.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'otplib';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import type { DemoCityPlace } from './demo-city.ts';

const demoSchema = z.object({
  issuer: z.string(),
  accounts: z.array(
    z.object({ login: z.string(), password: z.string(), totpSecret: z.string().optional() }),
  ),
});

export type DemoAccount = z.infer<typeof demoSchema>['accounts'][number];

export async function readDemoAccount(place: DemoCityPlace, login: string): Promise<DemoAccount> {
  const text = await readFile(join(place.dataFolder, 'demo.json'), 'utf8');
  const account = demoSchema.parse(JSON.parse(text)).accounts.find((each) => each.login === login);
  if (!account) throw new Error(`the demonstration has no account ${login}`);
  return account;
}

/** The addresses of the three systems. */
export function sitesOf({ firstPort }: DemoCityPlace) {
  const address = (offset: number) => `http://localhost:${firstPort + offset}/`;
  return {
    city: address(0),
    portal: address(1),
    department: address(2),
    serviceHall: address(3),
    inbox: address(4),
  };
}

/** The page's name as the server gave it. */
export function pageName(page: Page): Promise<string | null> {
  return page.getAttribute('body', 'data-page');
}

export async function fillPassword(page: Page, account: DemoAccount): Promise<void> {
  await page.fill('#login', account.login);
  await page.fill('#password', account.password);
  await page.click('#sign-in');
}

export async function fillOneTimeCode(page: Page, account: DemoAccount): Promise<void> {
  await page.fill('#otp', await generate({ secret: account.totpSecret ?? '' }));
  await page.click('#verify');
}
