// People and programs that use a city all the time until they are told to stop; every answer that is
// not the expected one is kept.
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { CityBrowser } from '../support/city-browser.ts';
import type { CityAccount } from '../support/city-accounts.ts';
import type { CityClient } from '../support/city-clients.ts';
import { TokenClient } from '../support/token-client.ts';

export interface LoadFigures {
  signIns: number;
  refreshes: number;
  tokens: number;
  problems: string[];
}

interface LoadOptions {
  issuer: string;
  /** One person at a time signs in, refreshes a while and begins anew. */
  account: CityAccount;
  client: CityClient;
  /** With the grant `client_credentials`. */
  machine: CityClient;
}

const REFRESHES = 2;
const MACHINES = 1;
/** A request now and then at any moment of a restart, and time for what is tested beside it. */
const PACE_MS = 30;

export class CityLoad {
  readonly figures: LoadFigures = { signIns: 0, refreshes: 0, tokens: 0, problems: [] };
  readonly #options: LoadOptions;
  readonly #tokens: TokenClient;
  readonly #running: Promise<void>[];
  #isStopping = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#tokens = new TokenClient(options.issuer);
    const machines = Array.from({ length: MACHINES }, () => this.#machine);
    this.#running = [this.#person, ...machines].map((life) => this.#repeat(life));
  }

  async stop(): Promise<LoadFigures> {
    this.#isStopping = true;
    await Promise.all(this.#running);
    return this.figures;
  }

  async #repeat(life: () => Promise<void>): Promise<void> {
    while (!this.#isStopping) {
      try {
        await life();
      } catch (error) {
        this.figures.problems.push(inspect(error));
      }
      await delay(PACE_MS);
    }
  }

  readonly #person = async () => {
    const { issuer, client, account } = this.#options;
    const answer = await new CityBrowser(issuer).signIn(client, account);
    const redeemed = await this.#tokens.redeem(answer);
    this.#expectToken('redeem', redeemed);
    this.figures.signIns += 1;
    let refreshToken = redeemed.body.refresh_token ?? '';
    for (let round = 0; round < REFRESHES && !this.#isStopping; round += 1) {
      const refreshed = await this.#tokens.refresh(client, refreshToken);
      this.#expectToken('refresh', refreshed);
      refreshToken = refreshed.body.refresh_token ?? '';
      this.figures.refreshes += 1;
    }
  };

  readonly #machine = async () => {
    const fields = { grant_type: 'client_credentials' };
    this.#expectToken('token', await this.#tokens.token(this.#options.machine, fields));
    this.figures.tokens += 1;
  };

  #expectToken(what: string, { status, body }: { status: number; body: object }): void {
    if (status !== 200) throw new Error(`${what}: ${status} ${JSON.stringify(body)}`);
  }
}
