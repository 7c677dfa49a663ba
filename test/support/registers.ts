// The registers of the demonstration behind real HTTP, for a test city that verifies identities.
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCorporateBank } from '../../src/demo/registers/corporate-bank/corporate-bank.ts';
import { createFaceService } from '../../src/demo/registers/face/face-service.ts';
import type { FaultMode } from '../../src/demo/registers/faults.ts';
import { createLegalEntityRegister } from '../../src/demo/registers/legal-entities/legal-entity-register.ts';
import { createNetworkService } from '../../src/demo/registers/network-identity/network-service.ts';
import { createPopulationRegister } from '../../src/demo/registers/population/population-register.ts';
import { createSources } from '../../src/demo/registers/sources/sources.ts';
import { systemRandom } from '../../src/platform/random.ts';

const KEY = 'the key of the registers of a test';

export interface Registers {
  /** For `startCityNode`. */
  environment: Readonly<Record<string, string>>;
  /** The face service sends people back there. */
  returnTo(issuer: string): void;
  setFault(register: RegisterName, mode: FaultMode): Promise<void>;
  /** How many questions reached it. */
  askedOf(register: RegisterName): Promise<number>;
  /** Amounts on the statement of an account, newest first. */
  paidTo(account: string): Promise<string[]>;
  /** What the register of legal entities says of one from now on. */
  changeEntity(uscc: string, change: object): Promise<void>;
  stop(): Promise<void>;
}

export type RegisterName =
  | 'population'
  | 'socialSecurity'
  | 'operator'
  | 'bank'
  | 'networkIdentity'
  | 'face'
  | 'legalEntities'
  | 'bankTransfer';

interface RegisterOptions {
  /** Merged into the settings of the sources. */
  population?: object;
  face?: object;
  legalEntities?: object;
  /** The city follows the notices of the register of legal entities. */
  changes?: boolean;
  /** Only those that are named are offered. */
  socialSecurity?: object;
  operator?: object;
  bank?: object;
  networkIdentity?: object;
  bankTransfer?: object;
  /** How many of those that compare elements are wanted for level 2. */
  elements?: number;
  tries?: object;
  /** Where real browsers go on to; as the registers say it in what a form may lead to. */
  issuer?: string;
  /** How a review by staff counts; absent: none is offered. */
  review?: object;
  /** More sources, and what they give. */
  more?: { sources: object; policy: readonly object[] };
}

/** Of the register of legal entities. */
export const NOTICES = {
  noticeKey: 'the key of the notices of a test, and long',
  noticeIssuer: 'https://register.example',
  noticeAudience: 'hutong',
};
const PATHS = { socialSecurity: 'social-security', operator: 'operator', bank: 'bank' } as const;
const MANY = { attempts: 100_000, windowSeconds: 60 };
const MANY_TRIES = { perAccount: MANY, perNumber: MANY, perBirthPrefix: MANY, perAddress: MANY };

export async function startRegisters(options: RegisterOptions = {}): Promise<Registers> {
  const log = () => undefined;
  let origin = options.issuer ?? '';
  const population = await listen(
    createPopulationRegister({ key: KEY, publicUrl: 'http://localhost', log }).callback(),
  );
  const names = { issuer: 'https://face.example', clientId: 'hutong', key: KEY };
  const face = await listen(
    (
      await createFaceService({
        ...names,
        publicUrl: 'http://localhost',
        log,
        get returnOrigin() {
          return origin;
        },
      })
    ).callback(),
  );
  const networkNames = { ...names, issuer: 'https://network.example' };
  const network = await listen(
    (
      await createNetworkService({
        ...networkNames,
        publicUrl: 'http://localhost',
        log,
        get returnOrigin() {
          return origin;
        },
      })
    ).callback(),
  );
  const legalEntities = await listen(
    (
      await createLegalEntityRegister({ key: KEY, publicUrl: 'http://localhost', log, ...NOTICES })
    ).callback(),
  );
  const sourcesApp = createSources({ key: KEY, publicUrl: 'http://localhost', log });
  const bank = await listen(
    createCorporateBank({ key: KEY, publicUrl: 'http://localhost', log }).callback(),
  );
  const ofElements = await listen(sourcesApp.callback());
  const file = path.join(tmpdir(), `hutong-verification-${systemRandom.id()}.json`);
  const common = { timeoutMs: 1000, dailyBudget: 100_000, key: KEY };
  const sources = {
    population: {
      ...common,
      url: `${population.url}/check`,
      relationUrl: `${population.url}/relation`,
      cap: 2,
      ...options.population,
    },
    face: { ...common, ...names, url: face.url, cap: 3, ...options.face },
    ...(options.review ? { review: options.review } : {}),
    ...(options.networkIdentity
      ? {
          networkIdentity: {
            ...common,
            ...networkNames,
            url: network.url,
            cap: 3,
            ...options.networkIdentity,
          },
        }
      : {}),
    ...Object.fromEntries(
      Object.entries(PATHS).flatMap(([name, part]) => {
        const given = options[name as keyof typeof PATHS];
        const url = `${ofElements.url}/${part}/check`;
        return given ? [[name, { ...common, url, cap: 2, ...given }]] : [];
      }),
    ),
    legalEntities: {
      ...common,
      url: `${legalEntities.url}/check`,
      cap: 3,
      ...(options.changes
        ? {
            entryUrl: `${legalEntities.url}/entry`,
            changes: {
              url: `${legalEntities.url}/changes`,
              issuer: NOTICES.noticeIssuer,
              clientId: NOTICES.noticeAudience,
              key: NOTICES.noticeKey,
              everySeconds: 1,
            },
          }
        : {}),
      ...options.legalEntities,
    },
    ...(options.bankTransfer
      ? {
          bankTransfer: {
            ...common,
            url: `${bank.url}/payments`,
            cap: 3,
            ...options.bankTransfer,
          },
        }
      : {}),
    ...options.more?.sources,
  };
  const elements = ['population', ...Object.keys(PATHS).filter((name) => name in sources)];
  const reviewed = [
    ...(options.review ? ['review'] : []),
    ...(options.networkIdentity ? ['networkIdentity'] : []),
  ];
  const policy = [
    {
      level: 2,
      anyOf: [
        { count: 1, of: ['face', ...reviewed] },
        { count: options.elements ?? 1, of: elements },
      ],
    },
    { level: 3, anyOf: [{ count: 1, of: ['face', ...reviewed] }] },
    {
      level: 3,
      anyOf: [
        { count: 1, of: ['legalEntities', ...(options.bankTransfer ? ['bankTransfer'] : [])] },
      ],
    },
    ...(options.more?.policy ?? []),
  ];
  const tries = {
    ...MANY_TRIES,
    networkPerAccount: MANY,
    facePerAccount: MANY,
    reviewPerAccount: MANY,
    entityPerAccount: MANY,
    transferPerEntity: MANY,
    transferPerBankAccount: MANY,
    ...options.tries,
  };
  await writeFile(file, JSON.stringify({ sources, policy, tries }));
  const urls = {
    population: population.url,
    face: face.url,
    networkIdentity: network.url,
    legalEntities: legalEntities.url,
    bankTransfer: bank.url,
    socialSecurity: `${ofElements.url}/${PATHS.socialSecurity}`,
    operator: `${ofElements.url}/${PATHS.operator}`,
    bank: `${ofElements.url}/${PATHS.bank}`,
  };
  const put = (url: string, body: object) =>
    fetch(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    environment: { HUTONG_VERIFICATION: file },
    returnTo: (issuer) => void (origin = issuer),
    async setFault(register, mode) {
      await put(`${urls[register]}/faults`, { mode });
    },
    async askedOf(register) {
      const state = (await (await fetch(`${urls[register]}/faults`)).json()) as { asked: number };
      return state.asked;
    },
    async paidTo(account) {
      const url = `${bank.url}/accounts/${account}/statement`;
      const { entries } = (await (await fetch(url)).json()) as { entries: { amount: string }[] };
      return entries.map(({ amount }) => amount);
    },
    async changeEntity(uscc, change) {
      const { status } = await put(`${urls.legalEntities}/entities/${uscc}`, change);
      if (status !== 200) throw new Error(`the register answers ${status}`);
    },
    async stop() {
      for (const { server } of [population, face, network, legalEntities, ofElements, bank])
        server.close().closeAllConnections();
      await rm(file, { force: true });
    },
  };
}

async function listen(
  handle: (...args: never) => unknown,
): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    void (handle as (...args: unknown[]) => unknown)(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
