// The limit: the bare library with its store in memory, in a process of its own, under the same load.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { benchClients, registrations } from './clients.ts';
import { HttpLane } from './http-lane.ts';
import type { Options } from './options.ts';
import { processFigures } from './process-figures.ts';
import type { Target } from './target.ts';

const PROVIDER = fileURLToPath(new URL('./bare-provider.ts', import.meta.url));
const NO_DATABASE = { cpuSeconds: 0, peakMegabytes: 0 };

export async function startBare({ algorithm, profile }: Options): Promise<Target> {
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const clients = registrations(algorithm);
  const child = spawn(process.execPath, [...flags, PROVIDER, JSON.stringify(clients)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const issuer = line.toString().trim();
  return {
    name: `bare oidc-provider with its store in memory, ID tokens ${algorithm}`,
    issuer,
    accounts: [{ login: 'anyone', password: 'any password' }],
    ...benchClients(clients),
    connect: (connections) => new HttpLane(issuer, [issuer], connections),
    figures: () => ({ app: processFigures([child.pid ?? 0]), database: NO_DATABASE }),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
