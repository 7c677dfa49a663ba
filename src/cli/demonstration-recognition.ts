// Mutual recognition of a demonstration: its key holder is set up as `hutong recognition-key` does it.
import { writeFile } from 'node:fs/promises';
import { openOprf } from '../mutual-recognition/oprf.ts';
import { RecognitionKeyStore } from '../mutual-recognition/key-holder/recognition-key-store.ts';
import { recognitionPlatformFile } from '../mutual-recognition/recognition-platform.ts';
import { RecognitionPlatformStore } from '../mutual-recognition/recognition-platform-store.ts';
import { exitCode } from '../platform/terminal.ts';
import { withStores } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** `[file]` */
export const admitDemonstrationPlatforms = withStores(admitPlatforms);

async function admitPlatforms(
  [file = '']: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const { config, terminal } = invocation;
  if (config.mode !== 'demonstration') return exitCode.refused;
  const { platforms } = JSON.parse(await terminal.read(file)) as { platforms: unknown };
  const parsed = recognitionPlatformFile.parse({ platforms });
  await new RecognitionPlatformStore(invocation).import(parsed.platforms);
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
