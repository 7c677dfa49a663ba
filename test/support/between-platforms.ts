// What `hutong doctor` finds of what stands between platforms, without the rest of its checks.
import { betweenPlatforms } from '../../src/cli/doctor-between-platforms.ts';
import type { CheckName } from '../../src/operations/doctor.ts';
import { loadConfig } from '../../src/platform/config.ts';
import type { Config } from '../../src/platform/config.ts';
import { createOutbound } from '../../src/platform/outbound.ts';
import type { CityNode } from './city-node.ts';

/** Codes of the findings, each after its severity. @param of.config in place of what the settings say */
export async function foundBetween(
  { storage }: Pick<CityNode, 'storage'>,
  name: CheckName,
  of: { settings: Readonly<Record<string, string>>; config?: Partial<Config> },
): Promise<string[]> {
  const config = { ...loadConfig(of.settings), ...of.config };
  const outbound = createOutbound({ allow: ['127.0.0.0/8:*'] });
  try {
    const checks = betweenPlatforms({
      config,
      open: () => Promise.resolve(storage),
      outgoing: (look) => look(outbound),
    });
    const findings = await checks.find((each) => each.name === name)?.look();
    return (findings ?? []).map(({ severity, code }) => `${severity} ${code}`);
  } finally {
    await outbound.close();
  }
}
