// What the city node is told of its SMS gateways: HUTONG_SMS_GATEWAYS of the demonstration, written
// anew at every start. Both are simulated by the inbox; the first can be broken there.
import type { CityPlan } from '../city-parts.ts';
import { writeWhole } from '../data-folder.ts';

/** The inbox answers for both. */
export const gatewayPaths = { first: '/sms', second: '/second/sms' } as const;

export async function writeGatewaysFile({ settings, secrets }: CityPlan): Promise<void> {
  const { ports, folder } = settings;
  const gateways = Object.entries(gatewayPaths).map(([id, path]) => ({
    id,
    url: `http://127.0.0.1:${ports.inbox}${path}`,
    key: secrets.smsKey,
    timeoutMs: 2000,
    accepts: { field: 'accepted', equals: true },
  }));
  await writeWhole(folder.smsGatewaysFile, `${JSON.stringify({ gateways }, null, 2)}\n`);
}
