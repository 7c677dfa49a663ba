// What the environment decides about a demonstration city.
import { join, resolve } from 'node:path';
import type { DataFolder } from './data-folder.ts';
import { describeDataFolder } from './data-folder.ts';
import { parseFirstPort, portsFrom } from './ports.ts';
import type { DemoPorts } from './ports.ts';

export type DemoSettings = {
  readonly ports: DemoPorts;
  readonly folder: DataFolder;
  /** The issuer. Another than the city node's own address when a TLS proxy stands in front. */
  readonly issuer: string;
  readonly hasProxy: boolean;
  /** False: the city alone, without the province, the neighbouring city and the platforms of others. */
  readonly hasNeighbours: boolean;
  /** A database that somebody else runs. */
  readonly mongodbUri: string | undefined;
  readonly outboundCa: string | undefined;
  /** Handed on to the parts as it is, but for what the city decides itself. */
  readonly environment: NodeJS.ProcessEnv;
};

export type DemoSettingsResult =
  | { ok: true; settings: DemoSettings }
  | { ok: false; reason: 'port_invalid' | 'public_url_invalid'; value: string };

/** @param workTree where the default data folder lies */
export function readDemoSettings(env: NodeJS.ProcessEnv, workTree: string): DemoSettingsResult {
  const firstPort = parseFirstPort(env['HUTONG_PORT']);
  if (firstPort === undefined) {
    return { ok: false, reason: 'port_invalid', value: env['HUTONG_PORT'] ?? '' };
  }
  const ports = portsFrom(firstPort);
  const publicUrl = env['HUTONG_PUBLIC_URL'];
  const issuer = publicUrl ? parseOrigin(publicUrl) : `http://localhost:${ports.city}`;
  if (issuer === undefined) {
    return { ok: false, reason: 'public_url_invalid', value: publicUrl ?? '' };
  }
  const named = env['HUTONG_DATA_DIR'];
  const root = named ? resolve(named) : join(workTree, 'data');
  return {
    ok: true,
    settings: {
      ports,
      folder: describeDataFolder(root),
      issuer,
      hasProxy: Boolean(publicUrl),
      hasNeighbours: env['HUTONG_DEMO_NEIGHBOURS'] !== 'off',
      mongodbUri: env['MONGODB_URI'] || undefined,
      outboundCa: env['HUTONG_OUTBOUND_CA'] || undefined,
      environment: env,
    },
  };
}

/** An issuer is an origin: http or https, no path, no trailing slash. */
function parseOrigin(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/u.test(url.protocol)) return undefined;
  return url.pathname === '/' && url.search === '' && url.hash === '' ? url.origin : undefined;
}
