// All clients in memory, because they are looked up on every request. A change made by any process
// arrives within milliseconds by the change stream, and within a second without it.
import type { Logger } from '../platform/logger.ts';
import { VersionFollower } from '../platform/version-follower.ts';
import { providerMetadata } from './provider-metadata.ts';
import type { ClientRegistration } from './client-registration.ts';
import type { ClientStore, ClientTrust, StoredClient } from './client-store.ts';

interface ClientDirectoryDependencies<Presented> {
  clients: Pick<ClientStore, 'changedSince' | 'watch'>;
  logger: Logger;
  /** What `find` gives, made once per version: the library compares the content each time. */
  present: (metadata: Record<string, unknown>) => Presented;
  pollMs?: number;
}

interface Entry<Presented> {
  presented: Presented;
  registration: ClientRegistration;
  trust: ClientTrust | undefined;
}

export class ClientDirectory<Presented> {
  readonly #present: (metadata: Record<string, unknown>) => Presented;
  readonly #entries = new Map<string, Entry<Presented>>();
  readonly #follower: VersionFollower<StoredClient>;

  constructor({ clients, present, ...deps }: ClientDirectoryDependencies<Presented>) {
    this.#present = present;
    const apply = (client: StoredClient) => this.#apply(client);
    this.#follower = new VersionFollower({ ...deps, source: clients, apply, name: 'clients' });
  }

  /** Reads all clients. @throws when the database does not answer. */
  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** Brings this process up to date now, also with what was written while it was reading. */
  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  /** For the library's client adapter. The same object until the client is changed. */
  find(clientId: string): Presented | undefined {
    return this.#entries.get(clientId)?.presented;
  }

  /** Everything registered but the secret, for pages. */
  registration(clientId: string): ClientRegistration | undefined {
    return this.#entries.get(clientId)?.registration;
  }

  /** By whose word it is here; undefined for one that was registered, or is not known. */
  trust(clientId: string): ClientTrust | undefined {
    return this.#entries.get(clientId)?.trust;
  }

  /** Those that are here by the word of others. */
  trusted(): { clientId: string; trust: ClientTrust }[] {
    return [...this.#entries].flatMap(([clientId, { trust }]) =>
      trust === undefined ? [] : [{ clientId, trust }],
    );
  }

  /** Sorted by id. */
  registrations(): ClientRegistration[] {
    return [...this.#entries.values()]
      .map(({ registration }) => registration)
      .sort((a, b) => (a.client_id < b.client_id ? -1 : 1));
  }

  /** Clients that provide this API, and whether anybody registered it at all. */
  resource(uri: string): { isRegistered: boolean; providers: string[] } {
    const all = this.registrations();
    const providers = all.filter(({ resources }) => resources.includes(uri));
    const isDefault = all.some(({ access_token_resource }) => access_token_resource === uri);
    return {
      isRegistered: isDefault || providers.length > 0,
      providers: providers.map(({ client_id }) => client_id),
    };
  }

  #apply({ id, registration, secret, sectorHost, trust, isRemoved }: StoredClient): void {
    if (isRemoved) {
      this.#entries.delete(id);
      return;
    }
    const metadata = providerMetadata(registration, secret, sectorHost);
    this.#entries.set(id, { presented: this.#present(metadata), registration, trust });
  }
}
