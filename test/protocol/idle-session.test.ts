// A session that nobody uses any more: what hangs on it ends, and its clients are told. On a node
// of its own, because the clock that is put forward here ends every session of the node.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { LogoutReceiver } from '../support/logout-receiver.ts';
import { openProtocolStores } from '../support/protocol-stores.ts';
import type { ProtocolStores } from '../support/protocol-stores.ts';
import { TokenClient } from '../support/token-client.ts';

const IDLE_SECONDS = 1800 + 61;

const { uri } = migratedDatabase();
const receiver = new LogoutReceiver();
let city: CityNode;
let other: ProtocolStores;

beforeAll(async () => {
  await receiver.start();
  const port = new URL(receiver.uriOf('')).port;
  city = await startCityNode({
    mongodbUri: uri,
    environment: { HUTONG_OUTBOUND_ALLOW: `127.0.0.1/32:${port}` },
    clients: [
      {
        client_id: 'hall',
        scope: 'openid profile offline_access',
        backchannel_logout_uri: receiver.uriOf('hall'),
      },
    ],
    accounts: [{ login: 'zhang' }],
  });
  receiver.trust(city.issuer);
  other = await openProtocolStores(uri, city.clock);
});
afterAll(async () => {
  await other.database.close();
  await city.stop();
  await receiver.stop();
});

test('the tokens of an idle session end, and its clients are told', async () => {
  const tokens = new TokenClient(city.issuer);
  const browser = new CityBrowser(city.issuer);
  const answer = await browser.authorize(city.client('hall'), city.account('zhang'));
  const { body } = await tokens.redeem(answer);
  const claims = await tokens.verifyIdToken(answer, String(body.id_token));
  expect(await tokens.userinfo(String(body.access_token))).toMatchObject({ status: 200 });
  city.clock.advance(IDLE_SECONDS);
  expect(await tokens.userinfo(String(body.access_token))).toMatchObject({ status: 401 });
  const refreshed = await tokens.refresh(answer.client, String(body.refresh_token));
  expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  await other.ending.sweep();
  await receiver.until(() => receiver.of('hall').length > 0);
  expect(receiver.of('hall')).toMatchObject([{ sid: claims['sid'], sub: claims.sub }]);
});
