// Mutual recognition of a demonstration: its key holder is set up as `hutong recognition-key` does it, and its
// hub admits the platforms by its two officers, in one go as with peers.
import { writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { commandAccounts } from '../app/standing.ts';
import { ProposalStore } from '../mutual-recognition/hub/proposal-store.ts';
import { openOprf } from '../mutual-recognition/oprf.ts';
import { RecognitionKeyStore } from '../mutual-recognition/key-holder/recognition-key-store.ts';
import {
  recognitionPlatformFile,
  recognitionPlatformSchema,
} from '../mutual-recognition/recognition-platform.ts';
import { RecognitionPlatformStore } from '../mutual-recognition/recognition-platform-store.ts';
import { exitCode } from '../platform/terminal.ts';
import { TERMINAL_ADDRESS } from '../roles/prove-officer.ts';
import type { ProvenOfficer } from '../roles/officer-power.ts';
import { withStores } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { openAdmissionOffice } from './recognition.ts';

const fileSchema = z.object({
  officers: z.object({ system: z.string(), security: z.string() }),
  platforms: z.array(recognitionPlatformSchema),
});

/** `[file]`; who is admitted as it is there, or was suspended since, stays as it is. */
export const admitDemonstrationPlatforms = withStores(admitPlatforms);

async function admitPlatforms(
  [file = '']: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const { config, terminal } = invocation;
  if (config.mode !== 'demonstration') return exitCode.refused;
  const { officers, platforms } = fileSchema.parse(JSON.parse(await terminal.read(file)));
  const { accounts } = commandAccounts(invocation);
  const officer = async (login: string): Promise<ProvenOfficer> => {
    const account = await accounts.findByLogin(login, { kind: 'civilServant' });
    if (!account) throw new Error(`the demonstration has no officer ${login}`);
    return { account, address: TERMINAL_ADDRESS };
  };
  const [system, security] = [await officer(officers.system), await officer(officers.security)];
  const office = openAdmissionOffice(invocation);
  const proposals = new ProposalStore(invocation);
  const present = await new RecognitionPlatformStore(invocation).list();
  for (const platform of platforms) {
    const { state: _ours, ...before } = present.find(({ id }) => id === platform.id) ?? {};
    if (isDeepStrictEqual(before, platform)) continue;
    await office.propose(system, platform);
    const proposal = await proposals.find(platform.id);
    const outcome = proposal && (await office.approve(security, proposal));
    if (outcome?.ok === true) continue;
    terminal.complain(`${platform.id}: ${outcome?.reason ?? 'not_system'}`);
    return exitCode.refused;
  }
  return exitCode.done;
}

/** `[file of platforms, file for the public keys]` */
export const prepareDemonstrationKeyHolder = withStores(prepareKeyHolder);

async function prepareKeyHolder(
  [file = '', keysFile = '']: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const { config, terminal } = invocation;
  if (config.mode !== 'demonstration') return exitCode.refused;
  const { platforms } = recognitionPlatformFile.parse(JSON.parse(await terminal.read(file)));
  await new RecognitionPlatformStore(invocation).import(platforms);
  const store = new RecognitionKeyStore(invocation);
  await store.ensureFirst((await openOprf()).newKey());
  const keys = (await store.list())
    .filter(({ state }) => state !== 'retired')
    .map(({ epoch, publicKey }) => ({ epoch, publicKey: publicKey.toString('base64url') }));
  await writeFile(keysFile, JSON.stringify({ keys }), { mode: 0o600 });
  return exitCode.done;
}
