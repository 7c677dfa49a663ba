// `hutong recognition …` on the database of a hub, a platform or the key holder, `hutong recognition-key …`
// on that of the key holder.
import { ConflictStore } from '../mutual-recognition/hub/conflict-store.ts';
import { IndexEntryStore } from '../mutual-recognition/hub/index-entry-store.ts';
import { ReconciliationStore } from '../mutual-recognition/hub/reconciliation-store.ts';
import { RecognitionKeyStore } from '../mutual-recognition/key-holder/recognition-key-store.ts';
import { runRecognitionKeyCommand } from '../mutual-recognition/key-holder/recognition-key.commands.ts';
import { runRecognitionCommand } from '../mutual-recognition/recognition.commands.ts';
import { RecognitionPlatformStore } from '../mutual-recognition/recognition-platform-store.ts';
import { RecognitionUsage } from '../mutual-recognition/usage-store.ts';
import type { Invocation } from './invocation.ts';

export function runRecognition(args: readonly string[], invocation: Invocation): Promise<number> {
  const platforms = new RecognitionPlatformStore(invocation);
  const usage = new RecognitionUsage(invocation);
  const index = {
    entries: new IndexEntryStore(invocation),
    conflicts: new ConflictStore(invocation),
    reconciliations: new ReconciliationStore(invocation),
  };
  return runRecognitionCommand(args, { ...invocation, ...index, platforms, usage });
}

export function runRecognitionKey(
  args: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const keys = new RecognitionKeyStore(invocation);
  return runRecognitionKeyCommand(args, { ...invocation, keys });
}
