// What follows a change of a mandate in other domains, in its transaction: for the processes that run
// and for commands alike, so it is made of stores only.
import { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { ClientStore } from '../clients/client-store.ts';
import { ConsentStore } from '../consent/consent-store.ts';
import { DeviceStore } from '../credentials/device-store.ts';
import { PasskeyStore } from '../credentials/passkey-store.ts';
import { PasswordStore } from '../credentials/password-store.ts';
import { RecoveryCodeStore } from '../credentials/recovery-code-store.ts';
import { TotpStore } from '../credentials/totp-store.ts';
import { endWithRepresentatives } from '../entity-sign-in/end-own-ways.ts';
import { signInsEndWithMandates } from '../entity-sign-in/end-with-power.ts';
import type { EndWithPowerDependencies } from '../entity-sign-in/end-with-power.ts';
import { EntitySignInStore } from '../entity-sign-in/entity-sign-in-store.ts';
import { announceMandates } from '../mandate-events/announce-mandate.ts';
import { MandateEventOutbox } from '../mandate-events/mandate-event-outbox-store.ts';
import type { MandateHooks } from '../mandates/mandate-events.ts';
import { MandateStore } from '../mandates/mandate-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { openActingEnding } from './acting-ending.ts';
import { openSessionEnding } from './session-ending.ts';

export interface MandateHookStores {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
}

export function mandateHooks(stores: MandateHookStores): MandateHooks {
  // Both of these only read.
  const accounts = new AccountStore(stores);
  const mandates = new MandateStore(stores);
  const announce = announceMandates({
    ...stores,
    accounts,
    mandates,
    clientStore: new ClientStore(stores),
    consents: new ConsentStore(stores),
    outbox: new MandateEventOutbox(stores),
  });
  const ownWays = {
    ...stores,
    credentials: {
      passwords: new PasswordStore(stores),
      passkeys: new PasskeyStore(stores),
      totp: new TotpStore(stores),
      recoveryCodes: new RecoveryCodeStore(stores),
      devices: new DeviceStore(stores),
    },
    signIns: new EntitySignInStore(stores),
  };
  const endSignIns = signInsEndWithMandates(signInEnds(stores));
  return {
    async onEvents(events, session) {
      await announce(events, session);
      await endSignIns(events, session);
      await endWithRepresentatives(ownWays, events, session);
    },
    authorizations: openActingEnding(stores),
  };
}

/** What organisations signed in with, and what ends it. */
export function signInEnds(stores: MandateHookStores): EndWithPowerDependencies {
  return {
    ...openSessionEnding(stores),
    signIns: new EntitySignInStore(stores),
    mandates: new MandateStore(stores),
    audit: stores.audit,
  };
}
