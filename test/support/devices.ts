// Devices of a test: they ask for a code, wait for their answer, and somebody types the code.
import { DEVICE_CODE_GRANT } from '../../src/clients/client-schema.ts';
import { pageName } from './city-browser.ts';
import type { CityBrowser } from './city-browser.ts';
import type { CityNode } from './city-node.ts';
import type { Visit } from './http-visitor.ts';
import { TokenClient } from './token-client.ts';

export interface Asked {
  clientId: string;
  deviceCode: string;
  userCode: string;
  body: Record<string, unknown>;
}

/** Registration fields of a device client. */
export function deviceClient(client_id: string, more: object = {}) {
  return {
    client_id,
    grant_types: [DEVICE_CODE_GRANT, 'refresh_token'],
    token_endpoint_auth_method: 'none',
    ...more,
  };
}

export class Devices {
  readonly #city: CityNode;
  readonly #tokens: TokenClient;

  constructor(city: CityNode) {
    this.#city = city;
    this.#tokens = new TokenClient(city.issuer);
  }

  async ask(clientId = 'kiosk', fields: Record<string, string> = {}): Promise<Asked> {
    const client = this.#city.client(clientId);
    const scope = 'openid profile';
    const { status, body } = await this.#tokens.post('/oauth2/device', client, {
      scope,
      ...fields,
    });
    if (status !== 200) throw new Error(`no device code: ${status} ${JSON.stringify(body)}`);
    const [deviceCode, userCode] = [String(body['device_code']), String(body['user_code'])];
    return { clientId, deviceCode, userCode, body };
  }

  poll({ clientId, deviceCode }: Asked) {
    const fields = { grant_type: DEVICE_CODE_GRANT, device_code: deviceCode };
    return this.#tokens.token(this.#city.client(clientId), fields);
  }

  async type(browser: CityBrowser, userCode: string): Promise<Visit> {
    return browser.press(await browser.open('/device'), 'device-continue', { user_code: userCode });
  }

  async approve(browser: CityBrowser, userCode: string, login = 'zhang'): Promise<Visit> {
    const confirmation = await this.type(browser, userCode);
    const name = pageName(confirmation);
    if (name !== 'device-confirm') throw new Error(`${confirmation.status} ${name}`);
    const next = await browser.press(confirmation, 'device-approve');
    return browser.walk(next, this.#city.account(login));
  }
}

export const endOf = (visit: Visit) => new URL(visit.url).searchParams.get('end');
