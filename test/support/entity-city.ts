// A test city with the register of legal entities, and people who represent what it knows.
import { demoAccounts } from '../../src/demo/demo-accounts.ts';
import { sampleEntities } from '../../src/demo/registers/legal-entities/companies.ts';
import { samplePeople } from '../../src/demo/registers/people.ts';
import { visitAccountCentre } from './account-visitor.ts';
import { TOTP_SECRET } from './city-accounts.ts';
import type { CityPerson } from './city-accounts.ts';
import type { CityBrowser } from './city-browser.ts';
import { startCityNode } from './city-node.ts';
import type { CityNode } from './city-node.ts';
import type { Visit } from './http-visitor.ts';
import type { EntityCredentials } from './entity-credentials.ts';
import { startMessageGateway } from './message-gateway.ts';
import type { MessageGateway } from './message-gateway.ts';
import { startRegisters } from './registers.ts';
import type { Registers } from './registers.ts';

export const ENTITY_REGISTER = '/account/entities/register';

/** Somebody of the registers of the demonstration. */
export function named(name: string): { name: string; number: string } {
  const holders = demoAccounts.map((each) => ({
    name: each.name,
    number: each.certificateNumber ?? '',
  }));
  const found = [...samplePeople, ...holders].find((each) => each.name === name);
  if (!found) throw new Error(`nobody is called ${name}`);
  return found;
}

/** With an account of level 3 and an authenticator. */
export function personOf(login: string, name: string): CityPerson {
  const fields = { certificate_type: '111', certificate_number: named(name).number };
  return { login, name, totpSecret: TOTP_SECRET, fields };
}

/** The first that this person represents. */
export function entityOf(name: string) {
  const found = sampleEntities.find(({ representative }) => representative.name === name);
  if (!found) throw new Error(`${name} represents nothing`);
  return found;
}

export class EntityCity {
  readonly city: CityNode;
  readonly registers: Registers;
  readonly gateway: MessageGateway;
  readonly credentials: EntityCredentials | undefined;
  readonly #signedIn = new Map<string, CityBrowser>();

  private constructor(
    city: CityNode,
    of: Pick<EntityCity, 'registers' | 'gateway' | 'credentials'>,
  ) {
    this.city = city;
    this.registers = of.registers;
    this.gateway = of.gateway;
    this.credentials = of.credentials;
  }

  /**
   * @param more `review`: how staff count; decisions then take effect at once. `credentials`: what
   * organisations can prove themselves with
   */
  static async start(
    mongodbUri: string,
    accounts: readonly CityPerson[],
    {
      credentials,
      ...more
    }: {
      review?: object;
      bankTransfer?: object;
      tries?: object;
      credentials?: EntityCredentials;
    } = {},
  ): Promise<EntityCity> {
    const [registers, gateway] = await Promise.all([
      startRegisters({
        legalEntities: { breaker: { failures: 1000 } },
        ...(credentials ? { more: credentials } : {}),
        ...more,
      }),
      startMessageGateway(),
    ]);
    const environment = {
      ...registers.environment,
      ...gateway.environment,
      ...(more.review ? { HUTONG_REVIEW_UNDO_SECONDS: '0' } : {}),
    };
    const city = await startCityNode({ mongodbUri, environment, accounts });
    registers.returnTo(city.issuer);
    return new EntityCity(city, { registers, gateway, credentials });
  }

  async stop(): Promise<void> {
    await this.city.stop();
    await Promise.all([this.registers.stop(), this.gateway.stop()]);
    this.credentials?.stop();
  }

  /** A browser in which the person is signed in already. */
  keep(login: string, browser: CityBrowser): void {
    this.#signedIn.set(login, browser);
  }

  /** Signed in with both factors, at the form; once for each, as a one-time code works once. */
  async atForm(login: string): Promise<{ browser: CityBrowser; visit: Visit }> {
    const known = this.#signedIn.get(login);
    const browser = known ?? (await visitAccountCentre(this.city, login)).browser;
    this.keep(login, browser);
    const page = await browser.open(ENTITY_REGISTER);
    return { browser, visit: await browser.walk(page, this.city.account(login)) };
  }

  async check(browser: CityBrowser, { name, uscc }: { name: string; uscc: string }) {
    return browser.press(await browser.open(ENTITY_REGISTER), 'check', { name, uscc });
  }

  async register(login: string, entity: { name: string; uscc: string }) {
    const { browser } = await this.atForm(login);
    const page = await this.check(browser, entity);
    return { browser, page: await browser.press(page, 'confirm', { agree: 'yes' }) };
  }

  accountOf(uscc: string) {
    return this.city.accountStore.findByLogin(uscc, { kind: 'legalEntity' });
  }

  mandatesOf(entityId: string) {
    return this.city.storage.database
      .collection('mandates')
      .find({ entityId, isActive: true })
      .sort({ since: 1 })
      .toArray();
  }
}
