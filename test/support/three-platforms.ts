// A city with a department's system, the hub of its province and a neighbouring city, as the demonstration has
// them: for people who are registered in one and recognised in another.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { registerDemoClients } from '../../src/demo/demo-clients.ts';
import { describePlatforms, provinceAtCity } from '../../src/demo/platforms/platforms.ts';
import type { PeerInput, PlatformKey } from '../../src/demo/platforms/platforms.ts';
import { portsFrom } from '../../src/demo/ports.ts';
import { makeSecrets } from '../../src/demo/secrets.ts';
import type { CityPerson } from './city-accounts.ts';
import { freePorts, startCityNode } from './city-node.ts';
import type { CityNode } from './city-node.ts';
import { savePeer } from './peer-samples.ts';
import { runSite } from './relying-parties.ts';

type Node = 'city' | PlatformKey;

export interface ThreePlatforms extends Record<Node, CityNode> {
  /** Of the department's system. */
  department: string;
  stop(): Promise<void>;
}

export async function startThreePlatforms(
  databases: Readonly<Record<Node, string>>,
  people: Readonly<Record<'city' | 'neighbour', readonly CityPerson[]>>,
): Promise<ThreePlatforms> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hutong-platforms-'));
  const [cityPort = 0, provincePort = 0, neighbourPort = 0, department = 0] = await freePorts(4);
  const ports = { city: cityPort, province: provincePort, neighbour: neighbourPort };
  const at = {
    city: `http://localhost:${ports.city}`,
    province: `http://localhost:${ports.province}`,
    neighbour: `http://localhost:${ports.neighbour}`,
  };
  const secrets = await makeSecrets([]);
  const platforms = describePlatforms(at, secrets.masterKey);
  const registration = registerDemoClients({ ...portsFrom(1), department }, secrets, at.city);
  const start = async (key: PlatformKey, accounts: readonly CityPerson[] = []) => {
    const file = path.join(folder, `${key}.json`);
    await writeFile(file, JSON.stringify(platforms[key].appearance));
    const node = await startCityNode({
      mongodbUri: databases[key],
      port: ports[key],
      accounts,
      environment: { HUTONG_APPEARANCE: file, HUTONG_COOKIE_PREFIX: key },
      clients: platforms[key].clients,
    });
    await savePeers(node, platforms[key].peers);
    return node;
  };
  const [city, province, neighbour] = await Promise.all([
    startCityNode({
      mongodbUri: databases.city,
      port: ports.city,
      accounts: people.city,
      clients: [registration.department],
    }),
    start('province'),
    start('neighbour', people.neighbour),
  ]);
  await savePeers(city, [provinceAtCity(at, secrets.masterKey)]);
  const server = createServer().listen(department, '127.0.0.1');
  const site = runSite({
    site: 'department',
    registration: registration.department,
    server,
    issuer: at.city,
    secrets,
  });
  return {
    city,
    province,
    neighbour,
    department: site.url,
    async stop() {
      await site.stop();
      await Promise.all([city, province, neighbour].map((node) => node.stop()));
      await rm(folder, { recursive: true });
    },
  };
}

/** Past the two officers; the demonstration has them. */
async function savePeers({ storage }: CityNode, peers: readonly PeerInput[]): Promise<void> {
  for (const { clientSecret, jwks: _plain, ...registration } of peers) {
    await savePeer(storage, { registration, secrets: { clientSecret } });
  }
}
