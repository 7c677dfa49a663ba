// Devices that have signed an account in before. The browser holds one signed, random device id;
// the record of (device, account) is what makes the device known, so that it can be forgotten.
import { timingSafeEqual } from 'node:crypto';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { readById } from '../platform/grouped-reads-store.ts';
import { upsertById } from '../platform/grouped-writes-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { KNOWN_DEVICE_SECONDS } from './known-device.ts';
import type { KnownDevice } from './known-device.ts';

interface DeviceDocument {
  _id: string;
  accountId: string;
  budgetId: string;
  hasProvenSecondFactor?: true;
  firstSeenAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

export interface DeviceFacts {
  firstSeenAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
  hasProvenSecondFactor: boolean;
}

interface DeviceDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

const DEVICES = 'knownDevices';
const COOKIE_LABEL = 'credentials.device-cookie';
const NOBODY = 'nobody';
const DEVICE_ID_BITS = 256;

export class DeviceStore {
  readonly #deps: DeviceDependencies;

  constructor(deps: DeviceDependencies) {
    this.#deps = deps;
  }

  /** The device, if its cookie is ours and it has signed this account in. The same work for all. */
  async recognise(
    cookie: string | undefined,
    accountId: string | undefined,
  ): Promise<KnownDevice | undefined> {
    const deviceId = this.#deviceId(cookie);
    if (deviceId === undefined) return undefined;
    const { database, clock } = this.#deps;
    const ids = this.#recordIds(deviceId, accountId ?? NOBODY);
    const documents = await Promise.all(
      ids.map((id) => readById<DeviceDocument>(database, DEVICES, id)),
    );
    const document = documents.find((each) => each !== null && each.expiresAt > clock.now());
    if (!document) return undefined;
    const { _id: id, hasProvenSecondFactor = false, budgetId } = document;
    return { id, accountId: document.accountId, budgetId, hasProvenSecondFactor };
  }

  /**
   * Called after a full sign-in. Returns the cookie value to set; a browser keeps its device id,
   * so that several people of a household can each be known on it. A proven second factor stays
   * noted through sign-ins that ask for none.
   */
  async remember(
    cookie: string | undefined,
    accountId: string,
    { hasProvenSecondFactor = false }: { hasProvenSecondFactor?: boolean } = {},
  ): Promise<{ cookie: string; isNew: boolean }> {
    const { clock, database, keyring, random } = this.#deps;
    const deviceId = this.#deviceId(cookie) ?? random.id(DEVICE_ID_BITS);
    const now = clock.now();
    const [recordId = ''] = this.#recordIds(deviceId, accountId);
    const isNew = await upsertById(database, DEVICES, {
      _id: recordId,
      update: {
        $set: {
          lastSeenAt: now,
          expiresAt: secondsFromNow(clock, KNOWN_DEVICE_SECONDS),
          ...(hasProvenSecondFactor ? { hasProvenSecondFactor } : {}),
        },
        $setOnInsert: { accountId, budgetId: random.id(), firstSeenAt: now, schemaVersion: 1 },
      },
    });
    const signature = keyring.mac('cookie', COOKIE_LABEL, deviceId).toString('base64url');
    return { cookie: `${deviceId}.${signature}`, isNew };
  }

  /** False when it was forgotten before. */
  async forget(device: KnownDevice): Promise<boolean> {
    const { deletedCount } = await this.#devices.deleteOne({ _id: device.id });
    return deletedCount === 1;
  }

  /** What is known of each, newest first. */
  async listOfAccount(accountId: string): Promise<DeviceFacts[]> {
    const documents = await this.#devices
      .find({ accountId, expiresAt: { $gt: this.#deps.clock.now() } })
      .sort({ lastSeenAt: -1 })
      .limit(500)
      .toArray();
    return documents.map(({ firstSeenAt, lastSeenAt, expiresAt, hasProvenSecondFactor }) => ({
      firstSeenAt,
      lastSeenAt,
      expiresAt,
      hasProvenSecondFactor: hasProvenSecondFactor === true,
    }));
  }

  async forgetAll(accountId: string, session?: ClientSession): Promise<void> {
    await this.#devices.deleteMany({ accountId }, session ? { session } : {});
  }

  #deviceId(cookie: string | undefined): string | undefined {
    const match = /^(?<id>[\w-]{43})\.(?<signature>[\w-]{43})$/u.exec(cookie ?? '');
    if (!match?.groups) return undefined;
    const { id = '', signature = '' } = match.groups;
    const given = Buffer.from(signature, 'base64url');
    const isOurs = this.#deps.keyring
      .macs('cookie', COOKIE_LABEL, id)
      .some((expected) => expected.length === given.length && timingSafeEqual(expected, given));
    return isOurs ? id : undefined;
  }

  #recordIds(deviceId: string, accountId: string): string[] {
    return this.#deps.keyring
      .macs('artefactId', 'credentials.device', `${deviceId}:${accountId}`)
      .map((mac) => mac.toString('base64url'));
  }

  get #devices() {
    return this.#deps.database.collection<DeviceDocument>(DEVICES);
  }
}
