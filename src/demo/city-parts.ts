// The parts of the city as child processes: which file each runs, and what it is told.
import { auditAnchor } from './data-folder.ts';
import type { ClientRegistration, DemoClients } from './demo-clients.ts';
import type { DemoSettings } from './demo-settings.ts';
import type { InboxPart } from './inbox/inbox-part.ts';
import type { PartDescription } from './part-process.ts';
import { testClientPorts } from './ports.ts';
import type { RelyingPartyPart } from './relying-party/relying-party-part.ts';
import type { SiteKey } from './relying-party/sites.ts';
import type { AuthorityMaterial } from './registers/entity-credentials/authority.ts';
import type { RegisterParts } from './registers/register-parts.ts';
import {
  entityCredentialsPart,
  facePart,
  networkPart,
  legalEntityPart,
  registerPart,
} from './registers/verification-file.ts';
import type { DemoSecrets } from './secrets.ts';

export type CityPlan = {
  readonly settings: DemoSettings;
  readonly secrets: DemoSecrets;
  readonly clients: DemoClients;
};

export function describeInbox({ settings, secrets }: CityPlan): PartDescription {
  const { ports, folder } = settings;
  const part: InboxPart = {
    port: ports.inbox,
    smtpPort: ports.smtp,
    publicUrl: `http://localhost:${ports.inbox}`,
    smsKey: secrets.smsKey,
    file: folder.inboxFile,
  };
  return {
    name: 'inbox',
    entry: 'src/demo/inbox/main.ts',
    settings: part,
    environment: partEnvironment(settings),
  };
}

export function describeRegisters(plan: CityPlan, authority: AuthorityMaterial): PartDescription {
  const settings: RegisterParts = {
    population: registerPart(plan, 'population'),
    face: facePart(plan),
    legalEntities: legalEntityPart(plan),
    entityCredentials: entityCredentialsPart(plan, authority),
    corporateBank: registerPart(plan, 'corporateBank'),
    sources: registerPart(plan, 'sources'),
    networkIdentity: networkPart(plan),
  };
  return {
    name: 'registers',
    entry: 'src/demo/registers/main.ts',
    settings,
    environment: partEnvironment(plan.settings),
  };
}

export function describeRelyingParties(plan: CityPlan): PartDescription {
  const { ports } = plan.settings;
  const { clients, secrets } = plan;
  const settings: readonly RelyingPartyPart[] = [
    relyingParty(plan, { site: 'portal', port: ports.portal, registration: clients.portal }),
    relyingParty(plan, {
      site: 'department',
      port: ports.department,
      registration: clients.department,
      privateKey: secrets.clients.departmentKey,
    }),
    relyingParty(plan, {
      site: 'service-hall',
      port: ports.serviceHall,
      registration: clients.serviceHall,
    }),
  ];
  return {
    name: 'relying-parties',
    entry: 'src/demo/relying-party/main.ts',
    settings,
    environment: partEnvironment(plan.settings),
  };
}

type OwnPart = {
  readonly site: SiteKey;
  readonly port: number;
  readonly registration: ClientRegistration;
  readonly privateKey?: DemoSecrets['clients']['departmentKey'];
};

function relyingParty({ settings, clients }: CityPlan, own: OwnPart): RelyingPartyPart {
  return {
    port: own.port,
    party: {
      site: own.site,
      issuer: settings.issuer,
      publicUrl: `http://localhost:${own.port}`,
      registration: own.registration,
      privateKey: own.privateKey,
      links: {
        portal: clients.portal.client_uri,
        department: clients.department.client_uri,
        serviceHall: clients.serviceHall.client_uri,
        account: `${settings.issuer}/account`,
      },
    },
  };
}

/** A proxy with its own authority in front of the issuer must be believed by the relying parties. */
export function partEnvironment({
  environment,
  folder,
  outboundCa,
}: DemoSettings): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TZ, NODE_EXTRA_CA_CERTS } = environment;
  const extraCa = outboundCa ?? NODE_EXTRA_CA_CERTS;
  return {
    PATH,
    HOME,
    LANG,
    TZ,
    NODE_COMPILE_CACHE: environment['NODE_COMPILE_CACHE'] ?? folder.cacheFolder,
    ...(extraCa === undefined ? {} : { NODE_EXTRA_CA_CERTS: extraCa }),
  };
}

export function describeCityNode(plan: CityPlan, databaseUri: string): PartDescription {
  return {
    name: 'city',
    entry: 'src/main.ts',
    environment: cityEnvironment(plan, databaseUri),
  };
}

/** Also what the command line needs to work on the same city. */
export function cityEnvironment(
  { settings, secrets }: CityPlan,
  databaseUri: string,
): NodeJS.ProcessEnv {
  const { ports, folder, environment, issuer, hasProxy } = settings;
  const receivers = [ports.portal, ports.department, ports.serviceHall, ports.inbox];
  receivers.push(ports.population, ports.face, ports.legalEntities, ports.sources, ports.network);
  receivers.push(ports.entityCredentials, ports.corporateBank);
  const beside = [ports.province, ports.neighbour, ports.dialects, ports.keyHolder];
  beside.push(...testClientPorts(ports));
  const permitted = [
    ...receivers.map((port) => `127.0.0.0/8:${port}`),
    ...beside.flatMap((port) => [`127.0.0.0/8:${port}`, `[::1]:${port}`]),
  ];
  const asked = environment['HUTONG_OUTBOUND_ALLOW'];
  return {
    NODE_COMPILE_CACHE: folder.cacheFolder,
    ...environment,
    HUTONG_MODE: 'demonstration',
    HUTONG_DATA_DIR: folder.root,
    HUTONG_PORT: String(ports.city),
    HUTONG_OPERATIONS_PORT: String(ports.operations),
    ...(hasProxy ? { HUTONG_PUBLIC_URL: issuer } : {}),
    HUTONG_MASTER_KEY: secrets.masterKey,
    HUTONG_MASTER_KEY_FILE: undefined,
    HUTONG_AUDIT_ANCHOR: auditAnchor(environment, folder),
    HUTONG_OUTBOUND_ALLOW: [...(asked ? [asked] : []), ...permitted].join(','),
    HUTONG_VERIFICATION: environment['HUTONG_VERIFICATION'] || folder.verificationFile,
    HUTONG_SERVICES: environment['HUTONG_SERVICES'] || folder.servicesFile,
    // Long enough to try undoing, short enough to see what becomes of it.
    HUTONG_REVIEW_UNDO_SECONDS: environment['HUTONG_REVIEW_UNDO_SECONDS'] || '60',
    HUTONG_SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    HUTONG_SMTP_URL_FILE: undefined,
    HUTONG_SMS_GATEWAYS: folder.smsGatewaysFile,
    HUTONG_SMS_URL: undefined,
    HUTONG_SMS_KEY: undefined,
    HUTONG_SMS_KEY_FILE: undefined,
    MONGODB_URI: databaseUri,
    MONGODB_URI_FILE: undefined,
  };
}
