// What an export tells of an account: who it is of, how it is opened, where it is in use, what was
// shared with whom, what happened. Never a secret, and nothing of other people.
import { attributeNames } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { systemName } from '../account/system-name.ts';
import { isPasswordOver } from '../credentials/password-policy.ts';
import { ACCOUNT_CLIENT_ID } from '../account/account-paths.ts';
import { deviceName } from '../platform/http/device-name.ts';
import type { WardStore } from '../guardianship/ward-store.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import { activityRows, releaseRows } from './activity-sections.ts';
import { coded } from './export-section.ts';
import type { ExportReader, ExportRow, ExportSection, exportWays } from './export-section.ts';

export interface ExportDependencies extends Pick<
  AccountDependencies,
  'sessions' | 'grants' | 'consents' | 'agreements' | 'audit' | 'credentials' | 'clients'
> {
  evidence: Pick<EvidenceStore, 'listOfAccount'>;
  wards: Pick<WardStore, 'ofGuardian'>;
}

export function accountSections(deps: ExportDependencies): ExportSection[] {
  return [
    { name: 'account', rows: async (account) => [accountRow(account)] },
    { name: 'identity', rows: async (account) => identityRows(account) },
    { name: 'evidence', rows: (account) => evidenceRows(deps, account) },
    { name: 'ways_in', rows: (account) => wayRows(deps, account) },
    { name: 'devices', rows: (account) => deviceRows(deps, account) },
    { name: 'sessions', rows: (account, reader) => sessionRows(deps, account, reader) },
    { name: 'code_devices', rows: (account, reader) => codeDeviceRows(deps, account, reader) },
    { name: 'agreements', rows: (account) => agreementRows(deps, account) },
    { name: 'children', rows: (account) => childRows(deps, account) },
    { name: 'consents', rows: (account, reader) => consentRows(deps, account, reader) },
    { name: 'received', rows: (account, reader) => releaseRows(deps, account, reader) },
    { name: 'activity', rows: (account, reader) => activityRows(deps, account, reader) },
  ];
}

function accountRow(account: Account): ExportRow {
  return {
    id: account.id,
    kind: coded(account.kind, 'account.kinds'),
    subtype: account.subtype,
    real_name_level: coded(String(account.realNameLevel), 'level.name'),
    real_name_verified_at: account.realNameVerifiedAt,
    created_at: account.createdAt,
    updated_at: account.updatedAt,
  };
}

function identityRows(account: Account): ExportRow[] {
  return attributeNames.flatMap((name) => {
    const attribute = account.attribute(name);
    if (!attribute) return [];
    const { value, source, grade, verifiedAt, expiresAt } = attribute;
    const shown =
      typeof value === 'string'
        ? { value }
        : { value: value.number, certificate_type: value.type, country: value.country };
    return [
      {
        attribute: coded(name, 'privacy-export.attribute'),
        ...shown,
        source,
        grade,
        verified_at: verifiedAt,
        expires_at: expiresAt,
      },
    ];
  });
}

async function evidenceRows(
  { evidence }: ExportDependencies,
  { id }: Account,
): Promise<ExportRow[]> {
  const all = await evidence.listOfAccount(id);
  return all.map((each) => ({
    at: each.at,
    source: each.source,
    method: each.method,
    result: each.resultCode,
    grade: each.grade,
    level: each.level,
    terminal: each.terminal,
    expires_at: each.expiresAt,
    revoked_at: each.revokedAt,
    revoked_for: each.revokedFor,
  }));
}

/** That there is a password, an authenticator, codes: never what they are. */
async function wayRows({ credentials }: ExportDependencies, { id }: Account): Promise<ExportRow[]> {
  const way = (name: (typeof exportWays)[number]) => coded(name, 'privacy-export.way');
  const [password, totp, passkeys, codes] = await Promise.all([
    credentials.passwords.find(id),
    credentials.totp.findActive(id),
    credentials.passkeys.list(id),
    credentials.recoveryCodes.state(id),
  ]);
  const isThere = password && !isPasswordOver(password, credentials.clock.now());
  return [
    ...(isThere ? [{ way: way('password'), since: password.changedAt }] : []),
    ...(totp ? [{ way: way('authenticator'), since: totp.enrolledAt }] : []),
    ...passkeys.map(({ name, createdAt, lastUsedAt }) => ({
      way: way('passkey'),
      name,
      since: createdAt,
      last_used_at: lastUsedAt,
    })),
    ...(codes
      ? [{ way: way('recovery_codes'), since: codes.madeAt, remaining: codes.remaining }]
      : []),
  ];
}

async function deviceRows(
  { credentials }: ExportDependencies,
  { id }: Account,
): Promise<ExportRow[]> {
  const devices = await credentials.devices.listOfAccount(id);
  return devices.map((each) => ({
    since: each.firstSeenAt,
    last_used_at: each.lastSeenAt,
    expires_at: each.expiresAt,
    second_factor_proven: each.hasProvenSecondFactor,
  }));
}

async function sessionRows(
  deps: ExportDependencies,
  { id }: Account,
  { locale }: ExportReader,
): Promise<ExportRow[]> {
  const sessions = await deps.sessions.listByAccount(id);
  return sessions.map(({ device, startedAt, lastSeenAt, clientIds }) => ({
    since: startedAt,
    last_used_at: lastSeenAt,
    terminal: deviceName(device.userAgent),
    address: device.address,
    systems: clientIds
      .filter((clientId) => clientId !== ACCOUNT_CLIENT_ID)
      .map((clientId) => systemName(deps, clientId, locale)),
  }));
}

async function codeDeviceRows(
  deps: ExportDependencies,
  { id }: Account,
  { locale }: ExportReader,
): Promise<ExportRow[]> {
  const devices = await deps.grants.devicesOfAccount(id);
  return devices.map(({ clientId, userAgent, address, since, until }) => ({
    system: systemName(deps, clientId, locale),
    terminal: deviceName(userAgent),
    address,
    since,
    expires_at: until,
  }));
}

async function agreementRows(
  { agreements }: ExportDependencies,
  { id }: Account,
): Promise<ExportRow[]> {
  const accepted = await agreements.acceptedBy(id);
  return accepted.map(({ name, version, language, hash, acceptedAt }) => ({
    at: acceptedAt,
    agreement: name,
    version,
    language,
    text_sha256: hash,
  }));
}

async function consentRows(
  deps: ExportDependencies,
  { id }: Account,
  { locale }: ExportReader,
): Promise<ExportRow[]> {
  const consents = await deps.consents.listByAccount(id);
  return consents
    .filter(({ clientId }) => clientId !== ACCOUNT_CLIENT_ID)
    .map(({ clientId, basis, items, firstAt, lastAt }) => ({
      system: systemName(deps, clientId, locale),
      client_id: clientId,
      basis: coded(basis, 'account-services.bases'),
      items,
      since: firstAt,
      last_used_at: lastAt,
    }));
}

/** That there are children in care, and what was agreed to: who they are is theirs. */
async function childRows({ wards }: ExportDependencies, { id }: Account): Promise<ExportRow[]> {
  const inCare = await wards.ofGuardian(id);
  return inCare.flatMap(({ state, guardians }) =>
    guardians
      .filter(({ accountId }) => accountId === id)
      .map(({ relation, since, consent }) => ({
        relation: coded(relation, 'guardianship.relation'),
        state: coded(state, 'guardianship.state'),
        since,
        at: consent.at,
        version: consent.version,
        language: consent.language,
      })),
  );
}
