// `hutong recognition …` on the database of a hub, a platform or the key holder, `hutong recognition-key …`
// on that of the key holder.
import { AccountStore } from '../accounts/account-store.ts';
import { officersStaffId } from '../app/peering.ts';
import { openPart } from '../app/recognition.ts';
import { commandAccounts } from '../app/standing.ts';
import { StaffStore } from '../directory/staff-store.ts';
import { AdmissionOffice } from '../mutual-recognition/hub/admission-office.ts';
import { ConflictStore } from '../mutual-recognition/hub/conflict-store.ts';
import { IndexEntryStore } from '../mutual-recognition/hub/index-entry-store.ts';
import { ProposalStore } from '../mutual-recognition/hub/proposal-store.ts';
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
import { openOfficers } from './officers.ts';

export async function runRecognition(
  args: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const accounts = new AccountStore(invocation);
  const logger = createLogger({ level: 'silent', service: 'hutong-cli' });
  const proposals = new ProposalStore(invocation);
  const platforms = new RecognitionPlatformStore(invocation);
  const openAdmission = async () => {
    const { prove } = await openOfficers(invocation);
    const office = openAdmissionOffice(invocation);
    return { ...invocation, prove, proposals, office };
  };
  const part = openPart({ ...invocation, accounts, logger }, invocation.config);
  try {
    return await runRecognitionCommand(args, {
      ...invocation,
      platforms,
      openAdmission,
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

export function openAdmissionOffice(invocation: Invocation): AdmissionOffice {
  const { accounts } = commandAccounts(invocation);
  return new AdmissionOffice({
    ...invocation,
    accounts,
    platforms: new RecognitionPlatformStore(invocation),
    proposals: new ProposalStore(invocation),
    staffIdOf: officersStaffId(new StaffStore(invocation)),
  });
}

export function runRecognitionKey(
  args: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const keys = new RecognitionKeyStore(invocation);
  const platforms = new RecognitionPlatformStore(invocation);
  const usage = new RecognitionUsage(invocation);
  const isHub = invocation.config.recognitionHub !== undefined;
  const who = { ...invocation, platforms, usage, isHub };
  return runRecognitionKeyCommand(args, { ...invocation, keys, who });
}
