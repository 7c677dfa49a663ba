// How the command line finds the demonstration city that runs on this machine, so that nobody has
// to copy settings out of its data folder.
import { z } from 'zod';
import { auditAnchor, readJson } from './data-folder.ts';
import { readDemoSettings } from './demo-settings.ts';

const demoSchema = z.object({
  issuer: z.string(),
  mongodbUri: z.string(),
  recognition: z.object({ settings: z.string() }).optional(),
});
const secretsSchema = z.object({ masterKey: z.string() });

/** What a process needs to work on the same city; undefined when none is running. */
export async function runningCityEnvironment(
  env: NodeJS.ProcessEnv,
  workTree: string,
): Promise<NodeJS.ProcessEnv | undefined> {
  const read = readDemoSettings(env, workTree);
  if (!read.ok) return undefined;
  const { folder } = read.settings;
  const demo = demoSchema.safeParse(await readJson(folder.demoFile));
  const secrets = secretsSchema.safeParse(await readJson(folder.secretsFile));
  if (!demo.success || !secrets.success) return undefined;
  return {
    ...env,
    HUTONG_MODE: 'demonstration',
    HUTONG_AUDIT_ANCHOR: auditAnchor(env, folder),
    HUTONG_PUBLIC_URL: demo.data.issuer,
    HUTONG_MASTER_KEY: secrets.data.masterKey,
    MONGODB_URI: demo.data.mongodbUri,
    // All that the city calls is on this machine.
    HUTONG_OUTBOUND_ALLOW: env['HUTONG_OUTBOUND_ALLOW'] || '127.0.0.0/8:*,[::1]/128:*',
    HUTONG_RECOGNITION: demo.data.recognition?.settings ?? env['HUTONG_RECOGNITION'],
  };
}
