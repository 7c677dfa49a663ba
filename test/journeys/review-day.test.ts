// A review in a real browser, with the keyboard: claimed, compared, revealed, approved; carried out after
// the time to undo, and the applicant gets the message.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { otpOf } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';
import { grantReviewing, openReviewCase } from '../support/review-visitors.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const { uri } = migratedDatabase();
const PHONE = '+8613800138123';
let browser: Browser;
let city: CityNode;
let gateway: MessageGateway;
let registers: Registers;

beforeAll(async () => {
  [browser, gateway, registers] = await Promise.all([
    launchBrowser(),
    startMessageGateway(),
    startRegisters({ review: { cap: 3 } }),
  ]);
  city = await startCityNode({
    mongodbUri: uri,
    environment: {
      ...registers.environment,
      ...gateway.environment,
      HUTONG_REVIEW_UNDO_SECONDS: '600',
    },
    accounts: [
      { login: 'applicant', level: 1, fields: { phone: PHONE } },
      { login: 'reviewer', kind: 'civilServant', totpSecret: TOTP_SECRET },
    ],
  });
  await grantReviewing(city, ['reviewer']);
});
afterAll(async () => {
  await browser.close();
  await city.stop();
  await Promise.all([gateway.stop(), registers.stop()]);
});

async function signIn(page: Page): Promise<void> {
  const account = city.account('reviewer');
  await page.goto(`${city.issuer}/review`);
  await page.fill('#login', account.login);
  await page.fill('#password', account.password);
  await page.click('#sign-in');
  await page.fill('#otp', await otpOf(account));
  await page.click('#verify');
  await atPage(page, 'review-queue');
}

/** Keys work once the page's script has run: it is there before it listens. */
async function atPage(page: Page, name: string): Promise<void> {
  await page.waitForSelector(`body[data-page="${name}"]`);
  await page.waitForLoadState('load');
}

it('a reviewer claims, compares, approves, and the applicant is told when it takes effect', async () => {
  const { id: applicantId } = city.account('applicant');
  await openReviewCase(city, {
    applicantId,
    claimed: { name: '陈演示', certificateType: '111', certificateNumber: '440000198501010018' },
  });
  const page = await browser.newPage();
  await signIn(page);
  await page.keyboard.press('n');
  await atPage(page, 'review-case');
  expect(await page.textContent('.review-compare')).toContain('≠');
  expect(await page.content()).not.toContain('440000198501010018');
  await page.keyboard.press('v');
  await page.check('#reason');
  await page.click('#reveal-button');
  await page.waitForSelector('.review-compare mark');
  expect(await page.content()).toContain('440000198501010018');
  await page.keyboard.press('a');
  expect(await page.evaluate('document.activeElement.id')).toBe('approve-reason');
  await page.selectOption('#approve-reason', 'register_confirms');
  await page.click('#approve');
  await page.waitForSelector('[data-key="u"]');
  expect(gateway.countOf(PHONE, '审核')).toBe(0);
  city.clock.advance(601);
  await expect.poll(() => gateway.countOf(PHONE, '审核通过'), { timeout: 30_000 }).toBe(1);
  const account = await city.accountStore.findById(applicantId);
  expect(account?.realNameLevel).toBe(3);
  await page.close();
});
