// `demo.json`: everything a tool needs to drive the demonstration. It is there exactly while the
// city is ready, so waiting for the file is waiting for the city.
import { removeFile, writeWhole } from './data-folder.ts';
import type { CityPlan } from './city-parts.ts';
import type { ClientRegistration } from './demo-clients.ts';
import { demoAccounts } from './demo-accounts.ts';
import type { DemoAccount } from './demo-accounts.ts';
import { dialectsAddress, platformAddresses, platformsOf } from './platforms/platform-parts.ts';
import { describeRecognition } from './platforms/recognition-parts.ts';

export async function writeDemoFile(plan: CityPlan, databaseUri: string): Promise<void> {
  const { settings } = plan;
  const content = describeDemo(plan, databaseUri);
  await writeWhole(settings.folder.demoFile, `${JSON.stringify(content, null, 2)}\n`);
}

export async function removeDemoFile({ folder }: CityPlan['settings']): Promise<void> {
  await removeFile(folder.demoFile);
}

function describeDemo(plan: CityPlan, databaseUri: string) {
  const { settings, secrets, clients } = plan;
  const { portal, department, serviceHall, testClient, departmentSample, terminal, directory } =
    clients;
  const inbox = `http://localhost:${settings.ports.inbox}/`;
  return {
    issuer: settings.issuer,
    clients: [
      portal,
      withPrivateKey(department, secrets.clients.departmentKey),
      serviceHall,
      testClient,
      departmentSample,
    ],
    deviceClients: [terminal],
    /** Write the staff directory: `<issuer>/scim/v2`, see docs/directory.md. */
    directoryClients: [directory],
    accounts: describeAccounts(demoAccounts, secrets),
    /** The province and the neighbouring city: the same software with accounts of its own. */
    platforms: platformsOf(plan).map(({ key, accounts, appearance }) => ({
      key,
      name: appearance.name?.['zh-CN'],
      issuer: platformAddresses(settings)[key],
      accounts: describeAccounts(accounts, secrets),
    })),
    ...(settings.hasNeighbours
      ? { dialects: `${dialectsAddress(settings)}/`, recognition: describeRecognition(plan) }
      : {}),
    inbox,
    smsGateway: { url: `${inbox}sms`, key: secrets.smsKey },
    registers: {
      population: `http://localhost:${settings.ports.population}/`,
      legalEntities: `http://localhost:${settings.ports.legalEntities}/`,
      entityCredentials: `http://localhost:${settings.ports.entityCredentials}/`,
      corporateBank: `http://localhost:${settings.ports.corporateBank}/`,
      sources: `http://localhost:${settings.ports.sources}/`,
      networkIdentity: `http://localhost:${settings.ports.network}/`,
      face: `http://localhost:${settings.ports.face}/`,
    },
    smtp: `smtp://127.0.0.1:${settings.ports.smtp}`,
    operations: `http://127.0.0.1:${settings.ports.operations}/`,
    mongodbUri: databaseUri,
    pid: process.pid,
    readyAt: new Date().toISOString(),
  };
}

function describeAccounts(
  accounts: readonly DemoAccount[],
  secrets: CityPlan['secrets'],
): object[] {
  return accounts.map((account) => ({
    login: account.login,
    password: secrets.accounts[account.login]?.password,
    kind: account.kind,
    realNameLevel: account.realNameLevel,
    totpSecret: secrets.accounts[account.login]?.totpSecret,
    name: account.name,
    phone: account.phone,
    email: account.email,
    uscc: account.uscc,
    certificateType: account.certificateType,
    certificateNumber: account.certificateNumber,
  }));
}

/** Tools sign with the key; what is registered at the provider is its public half. */
function withPrivateKey(registration: ClientRegistration, key: object): object {
  return { ...registration, jwks: { keys: [key] } };
}
