// One city for people with telephones in a real browser: registers, messages, an old system's accounts
// and reviewers whose decisions take effect at once.
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemRandom } from '../../src/platform/random.ts';
import { launchBrowser } from './browser.ts';
import { TOTP_SECRET } from './city-accounts.ts';
import type { CityPerson } from './city-accounts.ts';
import { freePorts, startCityNode } from './city-node.ts';
import type { CityNode } from './city-node.ts';
import { named, personOf } from './entity-city.ts';
import { startMessageGateway } from './message-gateway.ts';
import type { MessageGateway } from './message-gateway.ts';
import { startRegisters } from './registers.ts';
import type { Registers } from './registers.ts';
import { grantReviewing } from './review-visitors.ts';
import { housingFund } from './stock-accounts.ts';
import { Telephone } from './telephone.ts';

export interface TelephoneCity {
  city: CityNode;
  gateway: MessageGateway;
  registers: Registers;
  /** Somebody begins: a telephone that is signed in nowhere. */
  telephone(options: { hasScript: boolean }): Promise<Telephone>;
  stop(): Promise<void>;
}

const unverified = (login: string, phone: string): CityPerson => ({
  login,
  level: 1,
  fields: { phone, certificate_type: '', certificate_number: '' },
});

const verified = (login: string, name: string, phone: string): CityPerson => {
  const { number: certificate_number } = named(name);
  return { login, name, fields: { phone, certificate_type: '111', certificate_number } };
};

export async function startTelephoneCity(mongodbUri: string): Promise<TelephoneCity> {
  const sources = path.join(tmpdir(), `hutong-stock-${systemRandom.id()}.json`);
  await writeFile(sources, JSON.stringify({ sources: [housingFund] }));
  const [port = 0] = await freePorts(1);
  const issuer = `http://localhost:${port}`;
  const [browser, registers, gateway] = await Promise.all([
    launchBrowser(),
    startRegisters({ issuer, review: { cap: 3 }, changes: true }),
    startMessageGateway(),
  ]);
  const city = await startCityNode({
    mongodbUri,
    port,
    environment: {
      ...registers.environment,
      ...gateway.environment,
      HUTONG_STOCK_ACCOUNTS: sources,
      HUTONG_REVIEW_UNDO_SECONDS: '0',
    },
    clients: [{ client_id: 'archive', consent: 'ask', scope: 'openid profile' }],
    accounts: [
      { ...verified('elder', '何长者', '17700000001'), totpSecret: TOTP_SECRET },
      unverified('migrant', '17700000002'),
      verified('first', '阿依努尔·示例', '17700000003'),
      unverified('second', '17700000004'),
      personOf('zhao', '赵样本'),
      { login: 'careful' },
      personOf('wang', '王演示'),
      unverified('suharto', '17700000005'),
      { login: 'officer', kind: 'civilServant', totpSecret: TOTP_SECRET },
    ],
  });
  await grantReviewing(city, ['officer']);
  return {
    city,
    gateway,
    registers,
    telephone: (options) => Telephone.take(browser, city, options),
    async stop() {
      await browser.close();
      await city.stop();
      await Promise.all([registers.stop(), gateway.stop(), rm(sources)]);
    },
  };
}
