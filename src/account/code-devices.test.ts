// Devices that were signed in with a code: their owner sees them and ends them one by one.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { visitAccountCentre } from '../../test/support/account-visitor.ts';
import { CityBrowser, pageName, readForm } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { TokenClient } from '../../test/support/token-client.ts';
import { DEVICE_CODE_GRANT } from '../clients/client-schema.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let tokens: TokenClient;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    accounts: [{ login: 'zhang' }, { login: 'liming' }],
    clients: [
      {
        client_id: 'kiosk',
        grant_types: [DEVICE_CODE_GRANT, 'refresh_token'],
        token_endpoint_auth_method: 'none',
      },
    ],
  });
  tokens = new TokenClient(city.issuer);
});
afterAll(() => city.stop());

async function signInDevice(browser: CityBrowser): Promise<string> {
  const { body } = await tokens.post('/oauth2/device', city.client('kiosk'), { scope: 'openid' });
  const page = await browser.open('/device');
  const user_code = String(body['user_code']);
  const confirmation = await browser.press(page, 'device-continue', { user_code });
  const end = await browser.press(confirmation, 'device-approve');
  expect(pageName(end)).toBe('device-end');
  const fields = { grant_type: DEVICE_CODE_GRANT, device_code: String(body['device_code']) };
  const answer = await tokens.token(city.client('kiosk'), fields);
  return String(answer.body.access_token);
}

it('another account ends nothing with the key of a device', async () => {
  const owner = await visitAccountCentre(city, 'zhang');
  const accessToken = await signInDevice(owner.browser);
  const page = await owner.browser.open('/account/services');
  const key = readForm(page, 'end-device-0').fields['device'] ?? '';
  const { browser } = await visitAccountCentre(city, 'liming');
  await signInDevice(browser);
  const own = await browser.open('/account/services');
  const after = await browser.press(own, 'end-device-0', { device: key });
  expect(after.body).toContain('已经退出了');
  expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 200 });
});

it('a device is listed and ends at once, the others stay', async () => {
  const { browser } = await visitAccountCentre(city, 'liming');
  const [first, second] = [await signInDevice(browser), await signInDevice(browser)];
  const page = await browser.open('/account/services');
  expect(page.body.match(/id="end-device-/gu)?.length).toBeGreaterThanOrEqual(2);
  // The newest stands first.
  const after = await browser.press(page, 'end-device-0');
  expect(after.body).toContain('设备已退出');
  expect(await tokens.userinfo(second)).toMatchObject({ status: 401 });
  expect(await tokens.userinfo(first)).toMatchObject({ status: 200 });
});

it('who is sent to sign in first comes back to the page of the code', async () => {
  const browser = new CityBrowser(city.issuer);
  const signIn = await browser.open('/account/device');
  expect(pageName(signIn)).toBe('sign-in');
  expect(pageName(await browser.walk(signIn, city.account('zhang')))).toBe('device-code');
});
