// Peers from the command line: what is not understood and not proven first, then the way of a peer from
// a file into use and out of it. Nothing that is printed holds a secret.
import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rolesOffice } from '../../test/support/roles-office.ts';
import type { Staff } from '../../test/support/roles-office.ts';
import { samplePeer } from '../../test/support/peer-samples.ts';
import { createUpstreamAdapters } from '../federation/upstream/upstream-adapters.ts';
import { localesFolder } from '../platform/http/http-app.ts';
import { loadWords } from '../platform/http/locale.ts';
import type { PeerLook } from './look-at-peer.ts';
import { PeerOffice } from './peer-office.ts';
import { PeerSightingStore } from './peer-sighting-store.ts';
import { PeerStore } from './peer-store.ts';
import { runPeersCommand } from './peers.commands.ts';

const roles = rolesOffice();
const { stores } = roles;
const words = loadWords(localesFolder);
const SECRET = 'what only the province knows';
/** Files by their names. */
const files = new Map<string, string>();
let look: PeerLook;
let peers: PeerStore;
/** `sys` and `sec` hold the powers. */
const officers = new Map<string, Staff>();

beforeAll(() => {
  peers = new PeerStore(stores);
});

beforeEach(async () => {
  await stores.database.collection('peers').deleteMany({});
  await roles.appoint(roles.ann, 'systemAdministrator');
  await roles.appoint(roles.ben, 'securityAdministrator');
  officers.set('sys', roles.ann).set('sec', roles.ben).set('nobody', roles.cai);
  look = { problems: [], credentials: [] };
  files.clear();
  file('peer.json', { ...samplePeer(), clientSecret: SECRET });
});

const file = (name: string, content: unknown) => files.set(name, JSON.stringify(content));

/** The command as it is typed, what was printed, and answers to what it asks for. */
async function run(typed: string, ...answers: string[]) {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const registration = { mode: 'production', neededAddresses: () => [] } as const;
  const staffIdOf = () => Promise.resolve(undefined);
  const office = new PeerOffice({ ...stores, peers, staffIdOf, registration });
  const adapters = createUpstreamAdapters({ fetch: () => Promise.reject(), clock: stores.clock });
  const code = await runPeersCommand(typed.split(' '), {
    peers,
    office,
    sightings: new PeerSightingStore(stores),
    prove: async (who) => {
      const officer = officers.get(who);
      if (!officer) return { ok: false, reason: 'not_proven' };
      return { ok: true, officer: await roles.fresh(officer) };
    },
    findAccount: (id) => stores.accounts.findById(id),
    look: () => Promise.resolve(look),
    readSample: (peer, sample) => adapters[peer.connection.protocol]?.readSample(peer, sample),
    issuer: 'https://id.example.gov.cn',
    clock: stores.clock,
    terminal: {
      print: say,
      complain: say,
      read: (name) => {
        const content = files.get(name);
        return content === undefined ? Promise.reject(new Error(name)) : Promise.resolve(content);
      },
      askSecretly: () => Promise.resolve(answers.shift()),
      t: (key, values) => words.translate('en', key, values),
    },
  });
  const text = said.join('\n');
  expect(text).not.toContain(SECRET);
  return { code, text };
}

const state = async () => (await peers.find('province'))?.peer.state;

async function inUse(): Promise<void> {
  await run('import peer.json --officer sys');
  await run('test province --officer sys');
  await run('approve province --officer sec');
  await run('activate province --officer sys');
  expect(await state()).toBe('active');
}

describe('what is typed', () => {
  it.each([
    '',
    'list all',
    'show',
    'import peer.json',
    'approve province',
    'approve province --officer sec --reason because',
    'suspend province --officer sec',
    'suspend province --officer sec --reason two\u2028lines',
    'drop-key province --officer sec',
    'show province --officer sec',
    'approve province other --officer sec',
    'explode province --officer sec',
  ])('is not understood: %s', async (typed) => {
    const { code, text } = await run(typed);
    expect(code).toBe(2);
    expect(text).toContain('hutong peers approve ID');
  });

  it('is refused for a peer, a file or an officer that is not there', async () => {
    expect(await run('show province')).toMatchObject({ code: 1, text: /no such peer/u });
    expect(await run('import none.json --officer sys')).toMatchObject({ code: 1 });
    files.set('broken.json', '{');
    expect((await run('import broken.json --officer sys')).text).toContain('not valid JSON');
    const wrong = await run('import peer.json --officer stranger');
    expect(wrong).toMatchObject({ code: 1, text: /password or the code is not right/u });
    expect(await run('import peer.json --officer nobody')).toMatchObject({ code: 1 });
    expect(await state()).toBeUndefined();
  });

  it('is told all that is wrong with a file, for each peer in it', async () => {
    const bad = { ...samplePeer(), levelCap: 9, issuer: 'province', clientKey: { kty: 'RSA' } };
    file('peers.json', { peers: [bad, { ...samplePeer(), issuer: 'https://ok.example' }] });
    const { code, text } = await run('import peers.json --officer sys');
    expect(code).toBe(1);
    expect(text).toMatch(/levelCap: must be one of/u);
    expect(text).toMatch(/clientKey: is not a usable private key/u);
    expect(text).toContain('province: registered (draft)');
  });
});

describe('a peer', () => {
  it('comes into use by file, dry run and two officers, and is listed with what ends soon', async () => {
    expect(await run('import peer.json --officer sys')).toMatchObject({ code: 0 });
    file('sample.json', {
      sub: 'p-1',
      name: '王示例',
      acr: 'L3',
      shoe: { size: 42 },
      phone_number: 'by pigeon',
    });
    const seen = await run('test province --sample sample.json');
    expect(seen.text).toMatch(/王\*/u);
    expect(seen.text).toMatch(/before and after the cap\s+4 → 3/u);
    expect(seen.text).toMatch(/not understood\s+phone/u);
    expect(seen.text).toMatch(/not used\s+shoe\.size/u);
    expect(seen.text).not.toContain('王示例');
    expect(await state()).toBe('draft');
    await run('test province --sample sample.json --officer sys');
    expect(await state()).toBe('tested');
    expect(await run('approve province --officer sys')).toMatchObject({ code: 1 });
    expect(await run('approve province --officer sec')).toMatchObject({ code: 0 });
    expect(await run('activate province --officer sys')).toMatchObject({ code: 0 });
    const expiresAt = new Date(stores.clock.now().getTime() + 9.5 * 86_400_000);
    look = { problems: [], credentials: [{ kind: 'signingKey', name: 'k1', expiresAt }] };
    await run('test province');
    expect((await run('list')).text).toMatch(/province\s+active\s+upstream.*ends in 9 days/u);
    const shown = (await run('show province')).text;
    expect(shown).toContain('https://id.example.gov.cn/federation/backchannel-logout/province');
    expect(shown).toContain('signing key k1: ends in 9 days');
    expect(shown).toContain('Kept, and not shown: clientSecret');
    expect(shown).toContain(`Approved by ${roles.ben.login}`);
  });

  it('is not tested by a sample or an answer that cannot be used', async () => {
    await run('import peer.json --officer sys');
    file('sample.json', { name: 'nobody in particular' });
    const unusable = await run('test province --sample sample.json --officer sys');
    expect(unusable).toMatchObject({ code: 1, text: /problems: subject/u });
    const values = { given: 'https://other.example' };
    look = { problems: [{ code: 'issuer_differs', values }], credentials: [] };
    const other = await run('test province --officer sys');
    expect(other).toMatchObject({ code: 1, text: /names itself https:\/\/other\.example/u });
    expect(await state()).toBe('draft');
  });

  it('is suspended by either officer, resumed by one, and removed when it is out of use', async () => {
    await inUse();
    expect(await run('remove province --officer sys')).toMatchObject({ code: 1 });
    expect(await run('suspend province --reason drill --officer sys')).toMatchObject({ code: 0 });
    expect(await run('resume province --officer sys')).toMatchObject({ code: 1 });
    expect(await run('resume province --officer sec')).toMatchObject({ code: 0 });
    expect(await state()).toBe('active');
    await run('suspend province --reason drill --officer sec');
    expect(await run('remove province --officer sys')).toMatchObject({ code: 0 });
    expect((await run('list')).text).toContain('No peer is registered yet');
  });

  it('whose key or secret is lost is out of use at once', async () => {
    await inUse();
    expect(await run('drop-key province k1 --officer sec')).toMatchObject({ code: 0 });
    expect((await run('show province')).text).toContain('Keys that count no more: k1');
    await run('resume province --officer sec');
    expect(await state()).toBe('draft');
    const typed = await run('replace-secret province --officer sys', 'the next secret');
    expect(typed.code).toBe(0);
    expect(typed.text).not.toContain('the next secret');
    expect(await peers.find('province')).toMatchObject({
      secrets: { clientSecret: 'the next secret' },
      peer: { state: 'suspended' },
    });
    expect(await run('replace-secret province --officer sys')).toMatchObject({ code: 1 });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = privateKey.export({ format: 'jwk' });
    file('key.json', jwk);
    const { text } = await run('replace-secret province --key key.json --officer sys');
    expect(text).not.toContain(jwk.d);
    const kept = (await peers.find('province'))?.secrets.clientKey;
    expect(kept).toBe(JSON.stringify(jwk));
  });
});
