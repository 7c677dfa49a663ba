// The platforms beside the city as child processes: what each is told, and whom the city knows of them.
import { join } from 'node:path';
import { partEnvironment } from '../city-parts.ts';
import type { CityPlan } from '../city-parts.ts';
import { writeWhole } from '../data-folder.ts';
import type { PartDescription } from '../part-process.ts';
import { describeDialectsPart, dialectPeers } from './dialect-peers.ts';
import { derivedSecret, describePlatforms, neighbourAtCity, provinceAtCity } from './platforms.ts';
import type { PeerInput, Platform, PlatformAddresses } from './platforms.ts';

type Settings = CityPlan['settings'];

export function platformAddresses({ issuer, ports }: Settings): PlatformAddresses {
  return {
    city: issuer,
    province: `http://localhost:${ports.province}`,
    neighbour: `http://localhost:${ports.neighbour}`,
  };
}

export function dialectsAddress({ ports }: Settings): string {
  return `http://localhost:${ports.dialects}`;
}

/** None where the city stands alone. */
export function platformsOf({ settings, secrets }: CityPlan): readonly Platform[] {
  if (!settings.hasNeighbours) return [];
  return Object.values(describePlatforms(platformAddresses(settings), secrets.masterKey));
}

/** Whom people of the city may come from. */
export function peersOfCity({ settings, secrets }: CityPlan): readonly PeerInput[] {
  if (!settings.hasNeighbours) return [];
  const { masterKey } = secrets;
  const at = platformAddresses(settings);
  const own = [provinceAtCity(at, masterKey), neighbourAtCity(at, masterKey)];
  return [...own, ...dialectPeers(dialectsAddress(settings), masterKey)];
}

export function describeDialects({ settings, secrets }: CityPlan): PartDescription {
  const publicUrl = dialectsAddress(settings);
  const at = { port: settings.ports.dialects, publicUrl, city: settings.issuer };
  return {
    name: 'dialects',
    entry: 'src/demo/dialects/main.ts',
    settings: describeDialectsPart(at, secrets.masterKey),
    environment: partEnvironment(settings),
  };
}

export function describePlatformNode(
  plan: CityPlan,
  platform: Platform,
  databaseUri: string,
): PartDescription {
  return {
    name: platform.key,
    entry: 'src/main.ts',
    environment: platformEnvironment(plan, platform, databaseUri),
  };
}

/** Lean: no registers of their own, nothing for operators; messages go to the inbox of the city. */
export function platformEnvironment(
  { settings, secrets }: CityPlan,
  { key }: Platform,
  databaseUri: string,
): NodeJS.ProcessEnv {
  const { ports, folder, outboundCa, environment } = settings;
  const called = [ports.inbox, ports.city, ports.province, ports.neighbour, ports.keyHolder];
  return {
    ...partEnvironment(settings),
    HUTONG_MODE: 'demonstration',
    HUTONG_PORT: String(ports[key]),
    HUTONG_OPERATIONS_PORT: 'off',
    HUTONG_MASTER_KEY: derivedSecret(secrets.masterKey, `${key} master key`),
    HUTONG_APPEARANCE: appearanceFile(settings, key),
    HUTONG_COOKIE_PREFIX: key,
    HUTONG_AUDIT_ANCHOR: `file:${join(folder.root, `audit-anchor-${key}.jsonl`)}`,
    HUTONG_OUTBOUND_ALLOW: loopback(called),
    HUTONG_OUTBOUND_CA: outboundCa,
    HUTONG_LOG_LEVEL: environment['HUTONG_LOG_LEVEL'],
    HUTONG_SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
    HUTONG_SMS_GATEWAYS: folder.smsGatewaysFile,
    MONGODB_URI: databaseUri,
  };
}

/** Another database on the same server. @param uri of the city's */
export function databaseBeside(uri: string, key: Platform['key'] | 'key-holder'): string {
  const [, server = '', name = '', options = ''] =
    /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(\?.*)?$/u.exec(uri) ?? [];
  return `${server}/${name === '' ? 'hutong' : name}-${key}${options}`;
}

/** By name and by address: `localhost` may be either. */
function loopback(ports: readonly number[]): string {
  return ports.flatMap((port) => [`127.0.0.0/8:${port}`, `[::1]:${port}`]).join(',');
}

export async function writeAppearanceFiles(plan: CityPlan): Promise<void> {
  for (const { key, appearance } of platformsOf(plan)) {
    await writeWhole(appearanceFile(plan.settings, key), JSON.stringify(appearance));
  }
}

function appearanceFile({ folder }: Settings, key: Platform['key']): string {
  return join(folder.root, `appearance-${key}.json`);
}
