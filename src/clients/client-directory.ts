// All clients in memory, because they are looked up on every request. A change made by any process
// arrives within milliseconds by the change stream, and within a second without it.
import { setInterval as every } from 'node:timers/promises';
import type { Logger } from '../platform/logger.ts';
import { providerMetadata } from './provider-metadata.ts';
import type { ClientRegistration } from './client-registration.ts';
import type { ClientStore, StoredClient } from './client-store.ts';

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
}

const POLL_MS = 1000;
const STREAM_RETRY_POLLS = 30;

export class ClientDirectory<Presented> {
  readonly #deps: ClientDirectoryDependencies<Presented>;
  readonly #entries = new Map<string, Entry<Presented>>();
  readonly #stopping = new AbortController();
  #version = 0;
  #refreshing: Promise<void> | undefined;
  #isStale = false;
  #stream: { close(): Promise<void> } | undefined;
  #polling: Promise<void> | undefined;

  constructor(deps: ClientDirectoryDependencies<Presented>) {
    this.#deps = deps;
  }

  /** Reads all clients. @throws when the database does not answer. */
  async start(): Promise<void> {
    await this.refresh();
    this.#openStream();
    this.#polling ??= this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
    await this.#stream?.close();
    await this.#refreshing?.catch(() => undefined);
  }

  /** For the library's client adapter. The same object until the client is changed. */
  find(clientId: string): Presented | undefined {
    return this.#entries.get(clientId)?.presented;
  }

  /** Everything registered but the secret, for pages. */
  registration(clientId: string): ClientRegistration | undefined {
    return this.#entries.get(clientId)?.registration;
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

  /** Brings this process up to date now, also with what was written while it was reading. */
  async refresh(): Promise<void> {
    this.#isStale = true;
    this.#refreshing ??= this.#readChanges().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #readChanges(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      const changed = await this.#deps.clients.changedSince(this.#version);
      for (const client of changed) {
        this.#apply(client);
        this.#version = client.version;
      }
    }
  }

  #apply({ id, registration, secret, sectorHost, isRemoved }: StoredClient): void {
    if (isRemoved) {
      this.#entries.delete(id);
      return;
    }
    const metadata = providerMetadata(registration, secret, sectorHost);
    this.#entries.set(id, { presented: this.#deps.present(metadata), registration });
  }

  #openStream(): void {
    const stream = this.#deps.clients.watch(
      () => void this.#refreshQuietly(),
      () => {
        if (this.#stream === stream) this.#stream = undefined;
        void stream.close().catch(() => undefined);
      },
    );
    this.#stream = stream;
  }

  /** Finds what the stream has missed, and opens it again after it ended. */
  async #poll(): Promise<void> {
    let polls = 0;
    const { signal } = this.#stopping;
    try {
      for await (const _ of every(this.#deps.pollMs ?? POLL_MS, undefined, {
        signal,
        ref: false,
      })) {
        polls += 1;
        await this.#refreshQuietly();
        if (!this.#stream && polls % STREAM_RETRY_POLLS === 0) this.#openStream();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #refreshQuietly(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      // What is known stays in use; the next poll tries again.
      this.#deps.logger.warn({ err: error }, 'clients not refreshed');
    }
  }
}
