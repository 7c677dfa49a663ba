// docker-compose.yml cannot be run by a test without a container engine. What can drift apart is
// compared here: the settings, the ports, the secrets and the files that it names.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/platform/config.ts';
import type { Config } from '../../src/platform/config.ts';
import { settings } from '../../src/platform/settings.ts';

interface Service {
  profiles?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  volumes?: string[];
  depends_on?: Record<string, unknown>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const compose = parse(readFileSync(path.join(root, 'docker-compose.yml'), 'utf8'), {
  merge: true,
}) as { services: Record<string, Service>; secrets: Record<string, { file: string }> };
const folder = mkdtempSync(path.join(tmpdir(), 'hutong-deploy-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** As compose fills in `${NAME:-default}`, the inner one first. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  const next = text.replaceAll(
    /\$\{(\w+)(?::[-?]([^${}]*))?\}/gu,
    (_all, name: string, fallback = '') => values[name] ?? fallback,
  );
  return next === text ? text : filled(next, values);
}

function makeSecrets(): void {
  copyFileSync(path.join(root, 'deploy/make-secrets.sh'), path.join(folder, 'make-secrets.sh'));
  execFileSync('sh', [path.join(folder, 'make-secrets.sh')]);
}

/** As the instance reads it, with the files where they are here. */
function configOf(instance: string, values: Readonly<Record<string, string>>): Config {
  const environment = Object.fromEntries(
    Object.entries(compose.services[instance]?.environment ?? {}).map(([name, text]) => [
      name,
      filled(text, values)
        .replace('/run/secrets/', `${folder}/secrets/`)
        .replace('/etc/hutong/', `${root}deploy/`),
    ]),
  );
  return loadConfig(environment);
}

it('starts the instances with settings that production accepts, and secrets made once', () => {
  makeSecrets();
  const key = readFileSync(path.join(folder, 'secrets/master-key'), 'utf8');
  makeSecrets();
  expect(readFileSync(path.join(folder, 'secrets/master-key'), 'utf8')).toBe(key);
  expect(statSync(path.join(folder, 'secrets')).mode & 0o777).toBe(0o700);
  const rootPassword = readFileSync(path.join(folder, 'secrets/database-root-password'), 'utf8');
  const values = { HUTONG_DOMAIN: 'id.example.gov.cn', HUTONG_SMTP_URL: 'smtp://mail:1025' };
  for (const instance of ['app1', 'app2']) {
    const config = configOf(instance, values);
    expect(config).toMatchObject({
      mode: 'production',
      issuer: 'https://id.example.gov.cn',
      http: { port: 8100, trustedProxies: ['172.28.0.10'] },
      processes: { operations: { host: '0.0.0.0', port: 8109 } },
    });
    expect(config.database.uri).toMatch(
      /^mongodb:\/\/hutong:[\w-]{32}@mongo1:.*replicaSet=hutong/u,
    );
    expect(config.database.uri).not.toContain(rootPassword);
  }
});

it('gives hub and key holder a database, a user and a master key each that nobody else has', () => {
  makeSecrets();
  const values = {
    HUTONG_DOMAIN: 'id.example.gov.cn',
    HUTONG_HUB_DOMAIN: 'hub.example.gov.cn',
    HUTONG_KEY_HOLDER_DOMAIN: 'key.example.gov.cn',
    HUTONG_SMTP_URL: 'smtp://mail:1025',
  };
  const [hub, holder, city] = ['hub', 'key-holder', 'app1'].map((each) => configOf(each, values));
  expect([hub?.issuer, holder?.issuer]).toEqual([
    'https://hub.example.gov.cn',
    'https://key.example.gov.cn',
  ]);
  expect([hub?.recognitionHub, holder?.recognitionHub]).toEqual([expect.anything(), undefined]);
  expect(hub?.database.uri).toMatch(/^mongodb:\/\/hub:.*\/hub\?.*authSource=hub$/u);
  expect(holder?.database.uri).toMatch(/^mongodb:\/\/key-holder:.*\/key-holder\?/u);
  const keys = [hub, holder, city].map((config) => String(config?.masterKey.toString('hex')));
  expect(new Set(keys).size).toBe(3);
  const province = Object.entries(compose.services).filter(([name]) => /hub|holder/u.test(name));
  expect(province).toHaveLength(6);
  for (const [name, { profiles, secrets = [] }] of province) {
    expect(profiles).toEqual(['province']);
    const own = name.includes('hub') ? 'hub-' : 'key-holder-';
    const others = secrets.filter((secret) => !secret.startsWith(own));
    expect(others.every((secret) => secret === 'database-root-password')).toBe(true);
  }
});

it('names only settings, secrets, services and files that there are', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    for (const secret of service.secrets ?? []) expect(compose.secrets).toHaveProperty(secret);
    for (const other of Object.keys(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty(other);
    }
    const local = (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? '');
    const files = local.filter((file) => file.startsWith('./'));
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    if (!/^(?:app\d|.*hub|.*key-holder)$/u.test(name)) continue;
    for (const setting of Object.keys(service.environment ?? {})) {
      expect(Object.keys(settings)).toContain(setting.replace(/_FILE$/u, ''));
    }
  }
  const caddyfile = readFileSync(path.join(root, 'deploy/Caddyfile'), 'utf8');
  expect(caddyfile).toContain('app1:8100 app2:8100');
  expect(caddyfile).toContain('health_port 8109');
  for (const name of ['hub', 'key-holder']) expect(caddyfile).toContain(`import node ${name}:8100`);
});
