// `hutong recognition …` on the database of a hub, a platform or the key holder, `hutong recognition-key …`
// on that of the key holder.
import { AccountStore } from '../accounts/account-store.ts';
import { openPart } from '../app/recognition.ts';
import { ConflictStore } from '../mutual-recognition/hub/conflict-store.ts';
import { IndexEntryStore } from '../mutual-recognition/hub/index-entry-store.ts';
import { ReconciliationStore } from '../mutual-recognition/hub/reconciliation-store.ts';
import { RecognitionKeyStore } from '../mutual-recognition/key-holder/recognition-key-store.ts';
import { runRecognitionKeyCommand } from '../mutual-recognition/key-holder/recognition-key.commands.ts';
import { AccountMarkStore } from '../mutual-recognition/platform/account-mark-store.ts';
import { RegistrationStore } from '../mutual-recognition/platform/registration-store.ts';
import { runRecognitionCommand } from '../mutual-recognition/recognition.commands.ts';
import { RecognitionPlatformStore } from '../mutual-recognition/recognition-platform-store.ts';
import { RecognitionUsage } from '../mutual-recognition/usage-store.ts';
import { createLogger } from '../platform/logger.ts';
import type { Invocation } from './invocation.ts';

export async function runRecognition(
  args: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const accounts = new AccountStore(invocation);
  const logger = createLogger({ level: 'silent', service: 'hutong-cli' });
  const part = openPart({ ...invocation, accounts, logger }, invocation.config);
  try {
    return await runRecognitionCommand(args, {
      ...invocation,
      platforms: new RecognitionPlatformStore(invocation),
      usage: new RecognitionUsage(invocation),
      entries: new IndexEntryStore(invocation),
      conflicts: new ConflictStore(invocation),
      reconciliations: new ReconciliationStore(invocation),
      registrations: new RegistrationStore(invocation),
      marks: new AccountMarkStore(invocation),
      client: part?.client,
    });
  } finally {
    await part?.work.stop();
  }
}

export function runRecognitionKey(
  args: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const keys = new RecognitionKeyStore(invocation);
  return runRecognitionKeyCommand(args, { ...invocation, keys });
}
