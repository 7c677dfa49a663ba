// What the city node is told of its registers: HUTONG_VERIFICATION of the demonstration, written
// anew at every start.
import type { CityPlan } from '../city-parts.ts';
import { writeWhole } from '../data-folder.ts';
import type { AuthorityMaterial } from './entity-credentials/authority.ts';
import type { EntityCredentialsPart } from './entity-credentials/entity-credentials.ts';
import type { LegalEntityRegisterPart } from './legal-entities/legal-entity-register.ts';
import type { FacePart } from './face/face-part.ts';
import type { NetworkPart } from './network-identity/network-part.ts';
import type { RegisterPart } from './register-part.ts';

const FACE_ISSUER = 'urn:hutong:demonstration:face';
const NETWORK_ISSUER = 'urn:hutong:demonstration:network-identity';
const LICENCE_ISSUER = 'urn:hutong:demonstration:licence';
const REGISTER_ISSUER = 'urn:hutong:demonstration:legal-entities';
const CLIENT_ID = 'hutong';

export function networkPart({ settings, secrets }: CityPlan): NetworkPart {
  const port = settings.ports.network;
  return {
    port,
    publicUrl: `http://localhost:${port}`,
    issuer: NETWORK_ISSUER,
    clientId: CLIENT_ID,
    key: secrets.registerKey,
    returnOrigin: settings.issuer,
  };
}

export function registerPart(
  { settings, secrets }: CityPlan,
  register: 'population' | 'legalEntities' | 'sources' | 'corporateBank',
): RegisterPart {
  const port = settings.ports[register];
  return { port, publicUrl: `http://localhost:${port}`, key: secrets.registerKey };
}

export function legalEntityPart(plan: CityPlan): LegalEntityRegisterPart {
  const names = { noticeIssuer: REGISTER_ISSUER, noticeAudience: CLIENT_ID };
  const { noticeKey } = plan.secrets;
  const file = plan.settings.folder.registerFile;
  return { ...registerPart(plan, 'legalEntities'), ...names, noticeKey, file };
}

export function facePart({ settings, secrets }: CityPlan): FacePart {
  const port = settings.ports.face;
  return {
    port,
    publicUrl: `http://localhost:${port}`,
    issuer: FACE_ISSUER,
    clientId: CLIENT_ID,
    key: secrets.registerKey,
    returnOrigin: settings.issuer,
  };
}

const ELEMENTS = ['population', 'socialSecurity', 'operator', 'bank'] as const;

/** Prices as a city might have agreed on: the pages offer the cheapest first. */
function elementSources({ settings, secrets }: CityPlan) {
  const source = (path: string, costFen: number) => ({
    url: `http://127.0.0.1:${settings.ports.sources}/${path}/check`,
    key: secrets.registerKey,
    cap: 2,
    dailyBudget: 100_000,
    costFen,
  });
  return {
    socialSecurity: source('social-security', 15),
    operator: source('operator', 30),
    bank: source('bank', 40),
  };
}

export function entityCredentialsPart(
  { settings, secrets }: CityPlan,
  authority: AuthorityMaterial,
): EntityCredentialsPart {
  const port = settings.ports.entityCredentials;
  return {
    port,
    publicUrl: `http://localhost:${port}`,
    key: secrets.registerKey,
    authority,
    licenceIssuer: LICENCE_ISSUER,
    listUrl: `http://127.0.0.1:${port}/revoked.crl`,
  };
}

function legalEntitySource({ settings, secrets }: CityPlan) {
  const register = `http://127.0.0.1:${settings.ports.legalEntities}`;
  return {
    url: `${register}/check`,
    entryUrl: `${register}/entry`,
    changes: {
      url: `${register}/changes`,
      issuer: REGISTER_ISSUER,
      clientId: CLIENT_ID,
      key: secrets.noticeKey,
    },
    key: secrets.registerKey,
    cap: 3,
    dailyBudget: 100_000,
    costFen: 10,
  };
}

/** What organisations prove themselves with. */
function organisationSources({ settings, secrets }: CityPlan, authority: AuthorityMaterial) {
  const { ports } = settings;
  const { registerKey: key } = secrets;
  return {
    certificate: {
      cap: 4,
      authorities: [authority.root],
      dailyBudget: 100_000,
    },
    licence: {
      url: `http://127.0.0.1:${ports.entityCredentials}/licence/`,
      pageUrl: `http://localhost:${ports.entityCredentials}/licence/`,
      issuer: LICENCE_ISSUER,
      clientId: CLIENT_ID,
      key,
      cap: 4,
      dailyBudget: 100_000,
      costFen: 20,
    },
    bankTransfer: {
      url: `http://127.0.0.1:${ports.corporateBank}/payments`,
      key,
      cap: 3,
      dailyBudget: 10_000,
      costFen: 100,
    },
  };
}

export async function writeVerificationFile(
  plan: CityPlan,
  authority: AuthorityMaterial,
): Promise<void> {
  const { ports, folder } = plan.settings;
  const { registerKey: key } = plan.secrets;
  const content = {
    sources: {
      population: {
        url: `http://127.0.0.1:${ports.population}/check`,
        relationUrl: `http://127.0.0.1:${ports.population}/relation`,
        key,
        cap: 2,
        dailyBudget: 100_000,
        costFen: 10,
      },
      ...elementSources(plan),
      networkIdentity: {
        url: `http://127.0.0.1:${ports.network}/`,
        pageUrl: networkPart(plan).publicUrl,
        issuer: NETWORK_ISSUER,
        clientId: CLIENT_ID,
        key,
        cap: 3,
        dailyBudget: 100_000,
        costFen: 20,
      },
      face: {
        url: `http://127.0.0.1:${ports.face}/`,
        pageUrl: facePart(plan).publicUrl,
        issuer: FACE_ISSUER,
        clientId: CLIENT_ID,
        key,
        cap: 3,
        dailyBudget: 100_000,
        costFen: 50,
      },
      review: { cap: 3 },
      legalEntities: legalEntitySource(plan),
      ...organisationSources(plan, authority),
    },
    policy: [
      { level: 4, anyOf: [{ count: 1, of: ['certificate', 'licence'] }] },
      { level: 2, anyOf: [{ count: 1, of: [...ELEMENTS, 'networkIdentity', 'face', 'review'] }] },
      { level: 3, anyOf: [{ count: 1, of: ['networkIdentity', 'face', 'review'] }] },
      { level: 3, anyOf: [{ count: 1, of: ['legalEntities', 'bankTransfer'] }] },
    ],
  };
  await writeWhole(folder.verificationFile, `${JSON.stringify(content, null, 2)}\n`);
}
