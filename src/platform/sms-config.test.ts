// The file HUTONG_SMS_GATEWAYS: order, defaults, and every problem by its place.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { insecureGateways, loadSms } from './sms-config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-sms-'));
  await writeFile(path.join(folder, 'key'), 'secret\n');
});
afterAll(() => rm(folder, { recursive: true }));

const gateway = { id: 'first', url: 'https://sms.example/send', keyFile: 'key' };

async function load(content: object | string, url?: string) {
  const file = path.join(folder, 'gateways.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  const problems: string[] = [];
  const settings = { HUTONG_SMS_GATEWAYS: file, HUTONG_SMS_URL: url };
  return { sms: loadSms(settings, problems), problems };
}

it('is one gateway where only its address is given, and none without', () => {
  const one = loadSms({ HUTONG_SMS_URL: 'https://sms.example', HUTONG_SMS_KEY: 'k' }, []);
  expect(one.gateways).toMatchObject([{ id: 'sms', url: 'https://sms.example', key: 'k' }]);
  expect(loadSms({}, []).gateways).toEqual([]);
});

it('keeps the order, reads keys from files, and names what would travel in the clear', async () => {
  const second = { id: 'second', url: 'http://sms.example/other' };
  const { sms, problems } = await load({ gateways: [gateway, second] });
  expect(problems).toEqual([]);
  expect(sms.gateways.map(({ id, key }) => [id, key])).toEqual([
    ['first', 'secret'],
    ['second', undefined],
  ]);
  expect(insecureGateways(sms)).toEqual(['HUTONG_SMS_GATEWAYS: second: must be https']);
});

it.each([
  ['no JSON', '{', 'not a readable JSON file'],
  ['no gateway', { gateways: [] }, 'gateways'],
  ['one twice', { gateways: [gateway, gateway] }, 'names first twice'],
  ['more than fit into a lease', { gateways: [gateway, gateway, gateway, gateway] }, 'gateways'],
  [
    'a file that is not there',
    { gateways: [{ ...gateway, keyFile: 'none' }] },
    'gateways.0.keyFile',
  ],
  ['two keys', { gateways: [{ ...gateway, key: 'k' }] }, 'both key and keyFile'],
  [
    'a time limit beyond the request’s',
    { gateways: [{ ...gateway, timeoutMs: 9000 }] },
    'timeoutMs',
  ],
])('refuses %s', async (_what, content, problem) => {
  expect((await load(content)).problems.join('\n')).toContain(problem);
});

it('is not given beside the address of one gateway', async () => {
  const { problems } = await load({ gateways: [gateway] }, 'https://sms.example');
  expect(problems).toEqual(['HUTONG_SMS_GATEWAYS: given beside HUTONG_SMS_URL']);
});
