// The library's Client model on our register. Registration happens elsewhere; this only reads.
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { storing } from './database-failure.ts';

export class ClientAdapter implements Adapter {
  readonly #find: (clientId: string) => Promise<AdapterPayload | undefined>;

  constructor(find: (clientId: string) => Promise<AdapterPayload | undefined>) {
    this.#find = find;
  }

  async find(clientId: string): Promise<AdapterPayload | undefined> {
    return storing(() => this.#find(clientId));
  }

  upsert = () => Promise.reject(new Error('clients are registered by the command line'));
  destroy = this.upsert;
  consume = this.upsert;
  findByUid = this.upsert;
  findByUserCode = this.upsert;
  revokeByGrantId = this.upsert;
}
