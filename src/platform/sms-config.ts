// The SMS gateways, in the order in which they are asked: from the file HUTONG_SMS_GATEWAYS, or the
// one that HUTONG_SMS_URL names; and how much may be sent.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readSettingsFile } from './settings-file.ts';

const gateway = z.strictObject({
  /** Stands in records and figures. */
  id: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/u),
  url: z.url({ protocol: /^https?$/u }),
  key: z.string().min(1).max(500).optional(),
  keyFile: z.string().max(500).optional(),
  /** For one message. */
  timeoutMs: z.int().min(50).max(4000).default(4000),
  /** What an answer 2xx has to say to count as accepted. Absent: any 2xx does. */
  accepts: z
    .strictObject({
      /** A field of the JSON that it answers. */
      field: z.string().min(1).max(50),
      equals: z.union([z.string().max(100), z.number(), z.boolean()]),
    })
    .optional(),
  /** Ids under which the gateway's operator keeps our templates: `one_time_code` → `SMS_1234`. */
  templates: z.record(z.string().max(50), z.string().min(1).max(100)).default({}),
  breaker: z
    .strictObject({
      failures: z.int().min(1).max(1000).default(3),
      openMs: z.int().min(50).max(3_600_000).default(30_000),
    })
    .prefault({}),
});

const caps = {
  /** Messages a day to one number, whatever they are about. */
  perNumberDaily: z.int().min(1).max(10_000).default(50),
  /** Messages a day that one organisation causes, by whom it lets act and does no more. */
  perOrganisationDaily: z.int().min(1).max(1_000_000).default(2000),
  /** The same of one system that uploads mandates, for all organisations together. */
  perClientDaily: z.int().min(1).max(10_000_000).default(20_000),
  /** Messages a day altogether; beyond it they wait. */
  dailyBudget: z.int().min(1).max(100_000_000).default(1_000_000),
};

const fileSchema = z
  .strictObject({
    // So many time limits fit into the lease of a message.
    gateways: z.array(gateway).min(1).max(3),
    ...caps,
  })
  .superRefine(({ gateways }, context) => {
    const ids = gateways.map(({ id }) => id);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice === undefined) return;
    context.addIssue({ code: 'custom', path: ['gateways'], message: `names ${twice} twice` });
  });

export type SmsGateway = Omit<z.output<typeof gateway>, 'keyFile'>;

export interface SmsConfig {
  /** Empty: no text message is sent. */
  readonly gateways: readonly SmsGateway[];
  readonly perNumberDaily: number;
  readonly perOrganisationDaily: number;
  readonly perClientDaily: number;
  readonly dailyBudget: number;
}

const NONE: SmsConfig = { gateways: [], ...z.strictObject(caps).parse({}) };

interface SmsSettings {
  HUTONG_SMS_GATEWAYS?: string | undefined;
  HUTONG_SMS_URL?: string | undefined;
  HUTONG_SMS_KEY?: string | undefined;
}

/** Problems are appended: never a value, only its place. */
export function loadSms(settings: SmsSettings, problems: string[]): SmsConfig {
  const { HUTONG_SMS_GATEWAYS: file, HUTONG_SMS_URL: url, HUTONG_SMS_KEY: key } = settings;
  if (file === undefined) {
    return url === undefined
      ? NONE
      : { ...NONE, gateways: [gateway.parse({ id: 'sms', url, key })] };
  }
  const complain = (text: string) => void problems.push(`HUTONG_SMS_GATEWAYS: ${text}`);
  if (url !== undefined) complain('given beside HUTONG_SMS_URL');
  const name = 'HUTONG_SMS_GATEWAYS';
  const content = readSettingsFile({ name, file, schema: fileSchema }, problems);
  if (!content) return NONE;
  const gateways = content.gateways.map(({ keyFile, ...each }, index): SmsGateway => {
    if (keyFile === undefined) return each;
    if (each.key !== undefined) complain(`gateways.${index}: has both key and keyFile`);
    try {
      return { ...each, key: readFileSync(resolve(dirname(file), keyFile), 'utf8').trim() };
    } catch {
      complain(`gateways.${index}.keyFile: cannot be read`);
      return each;
    }
  });
  return { ...content, gateways };
}

/** In production codes and keys never travel in the clear. */
export function insecureGateways({ gateways }: SmsConfig): string[] {
  return gateways
    .filter(({ url }) => url.startsWith('http:'))
    .map(({ id }) => `HUTONG_SMS_GATEWAYS: ${id}: must be https`);
}
