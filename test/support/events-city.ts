// A city whose systems are told of changes of accounts, with a receiver that stands for all of them.
import type { AccountStore } from '../../src/accounts/account-store.ts';
import { commandAccounts } from '../../src/app/standing.ts';
import { ConsentStore } from '../../src/consent/consent-store.ts';
import type { CityClientFields } from './city-clients.ts';
import { startCityNode } from './city-node.ts';
import type { CityNode } from './city-node.ts';
import { EventReceiver } from './event-receiver.ts';

export const FULL = 'openid profile phone real_name id_document';
export const BY = { actor: 'operator' };

interface Row {
  _id: string;
  lane: string;
  state: string;
  lastResult?: string;
  nextAttemptAt: Date;
}

export class EventsCity {
  readonly city: CityNode;
  readonly receiver: EventReceiver;
  /** Changes are told as by the processes themselves. */
  readonly accounts: AccountStore;
  readonly consents: ConsentStore;

  private constructor(city: CityNode, receiver: EventReceiver) {
    this.city = city;
    this.receiver = receiver;
    ({ accounts: this.accounts } = commandAccounts(city.storage));
    this.consents = new ConsentStore(city.storage);
    receiver.trust(city.issuer);
  }

  static async start(
    mongodbUri: string,
    options: {
      people: readonly string[];
      clients: (receiver: EventReceiver) => CityClientFields[];
    },
  ): Promise<EventsCity> {
    const receiver = await new EventReceiver().start();
    const accounts = options.people.map((login) => ({ login, level: 2 as const }));
    const clients = options.clients(receiver);
    return new EventsCity(await startCityNode({ mongodbUri, accounts, clients }), receiver);
  }

  idOf(login: string): string {
    return this.city.account(login).id;
  }

  /** As if the person had signed in there. */
  async knows(clientId: string, login: string, scope = FULL): Promise<void> {
    const allowed = scope.split(' ').map((name) => `scope:${name}`);
    const accountId = this.idOf(login);
    await this.consents.remember({ accountId, clientId, basis: 'consent', allowed });
  }

  /** Undefined takes it away. */
  async confirmPhone(login: string, address: string | undefined): Promise<void> {
    await this.accounts.changeContact(this.idOf(login), { channel: 'sms', address }, BY);
  }

  rows() {
    return this.city.storage.database.collection<Row>('accountEventOutbox');
  }

  forget(): void {
    this.receiver.received.length = 0;
    this.receiver.problems.length = 0;
    this.receiver.refuse = () => undefined;
  }

  async stop(): Promise<void> {
    await this.city.stop();
    await this.receiver.stop();
  }
}

/** A system that is told of accounts at this receiver. */
export function pushedTo(
  receiver: EventReceiver,
  client: CityClientFields & { scope: string },
): CityClientFields {
  const account_events_uri = receiver.uriOf(client.client_id);
  return { account_events_delivery: 'push', account_events_uri, ...client };
}
