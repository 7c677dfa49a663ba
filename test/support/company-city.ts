// One city for the people of a company with telephones in a real browser: the register, licences and
// certificates of organisations, messages, staff who look at papers, and a system that shows for whom
// somebody is there.
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { registerDemoClients } from '../../src/demo/demo-clients.ts';
import { demoServices } from '../../src/demo/demo-services.ts';
import { portsFrom } from '../../src/demo/ports.ts';
import { makeSecrets } from '../../src/demo/secrets.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { launchBrowser } from './browser.ts';
import { freePorts, startCityNode } from './city-node.ts';
import type { CityNode } from './city-node.ts';
import { personOf } from './entity-city.ts';
import { startEntityCredentials } from './entity-credentials.ts';
import type { EntityCredentials } from './entity-credentials.ts';
import { startMessageGateway } from './message-gateway.ts';
import type { MessageGateway } from './message-gateway.ts';
import { startRegisters } from './registers.ts';
import { listenOnFreePort, portOf, runSite } from './relying-parties.ts';
import { Telephone } from './telephone.ts';

export interface CompanyCity {
  city: CityNode;
  gateway: MessageGateway;
  credentials: EntityCredentials;
  /** Where the system is that people use for the company. */
  hall: string;
  /** Somebody begins: a telephone that is signed in nowhere. */
  telephone(): Promise<Telephone>;
  stop(): Promise<void>;
}

/** Of who represents the company. */
export const OWNER_PHONE = '17700000001';
const owner = personOf('zhao', '赵样本');

export async function startCompanyCity(mongodbUri: string): Promise<CompanyCity> {
  const catalogue = path.join(tmpdir(), `hutong-services-${systemRandom.id()}.json`);
  await writeFile(catalogue, JSON.stringify({ services: demoServices }));
  const [port = 0] = await freePorts(1);
  const issuer = `http://localhost:${port}`;
  const [browser, credentials, gateway, server, secrets] = await Promise.all([
    launchBrowser(),
    startEntityCredentials(),
    startMessageGateway(),
    listenOnFreePort(),
    makeSecrets([]),
  ]);
  const more = { review: { cap: 3 }, legalEntities: { breaker: { failures: 1000 } } };
  const registers = await startRegisters({ issuer, more: credentials, ...more });
  const ports = { ...portsFrom(1), serviceHall: portOf(server) };
  const { serviceHall: registration } = registerDemoClients(ports, secrets, issuer);
  const city = await startCityNode({
    mongodbUri,
    port,
    environment: {
      ...registers.environment,
      ...gateway.environment,
      HUTONG_SERVICES: catalogue,
    },
    clients: [registration],
    accounts: [
      { ...owner, fields: { ...owner.fields, phone: OWNER_PHONE } },
      personOf('lin', '林新办'),
      personOf('chen', '陈体验'),
      personOf('wang', '王演示'),
      personOf('ayinuer', '阿依努尔·示例'),
    ],
  });
  const hall = runSite({ site: 'service-hall', registration, server, issuer, secrets });
  return {
    city,
    gateway,
    credentials,
    hall: hall.url,
    telephone: () => Telephone.take(browser, city, { hasScript: true }),
    async stop() {
      await browser.close();
      await city.stop();
      credentials.stop();
      await Promise.all([hall.stop(), registers.stop(), gateway.stop(), rm(catalogue)]);
    },
  };
}
