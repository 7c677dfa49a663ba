// Lists of revoked certificates (RFC 5280, 5): fetched where the certificate says, signed by who
// issued it, kept until they are due. Without a list that counts nothing is accepted.
import { verify } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  CertificateList,
  CRLDistributionPoints,
  Certificate,
  KeyUsage,
  KeyUsageFlags,
} from '@peculiar/asn1-x509';
import type { Clock } from '../platform/clock.ts';
import type { Outbound } from '../platform/outbound.ts';
import { ContradictoryAnswer, SourceFailure } from '../verification/connector-runner.ts';
import type { CallFailure, ConnectorRunner } from '../verification/connector-runner.ts';
import { extensionOf } from './certificate-path.ts';

export type RevocationOutcome = { outcome: 'good' | 'revoked' } | CallFailure;

interface RevocationDependencies {
  outbound: Pick<Outbound, 'fetch'>;
  runner: ConnectorRunner;
  clock: Clock;
}

interface KeptList {
  revoked: ReadonlySet<string>;
  fetchedAt: Date;
  nextUpdate: Date;
}

const DISTRIBUTION_POINTS = '2.5.29.31';
const KEY_USAGE = '2.5.29.15';
const MAX_KEPT = 50;
/** Clocks differ. */
const TOLERANCE_MS = 300_000;
const DIGESTS = new Map([
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512'],
]);

export class RevocationLists {
  readonly #deps: RevocationDependencies;
  readonly #config: { crlUrl?: string | undefined; crlMaxAgeSeconds: number };
  readonly #kept = new Map<string, KeptList>();

  constructor(
    deps: RevocationDependencies,
    config: { crlUrl?: string | undefined; crlMaxAgeSeconds: number },
  ) {
    this.#deps = deps;
    this.#config = config;
  }

  /** An organisation's own certificate is never accepted without a list; an authority's may name none. */
  async check(certificate: X509Certificate, issuer: X509Certificate): Promise<RevocationOutcome> {
    const named = listAddress(certificate);
    if (named === undefined && certificate.ca) return { outcome: 'good' };
    const url = named ?? this.#config.crlUrl;
    if (url === undefined) return { outcome: 'unavailable', resultCode: 'failed' };
    const list = await this.#list(url, issuer);
    if ('outcome' in list) return list;
    const { serialNumber } = AsnConvert.parse(certificate.raw, Certificate).tbsCertificate;
    return { outcome: list.revoked.has(hex(serialNumber)) ? 'revoked' : 'good' };
  }

  async #list(url: string, issuer: X509Certificate): Promise<KeptList | CallFailure> {
    const key = `${issuer.fingerprint256} ${url}`;
    const now = this.#deps.clock.now();
    const kept = this.#kept.get(key);
    const freshMs = this.#config.crlMaxAgeSeconds * 1000;
    const isFresh =
      kept && kept.nextUpdate > now && now.getTime() - kept.fetchedAt.getTime() < freshMs;
    if (isFresh) return kept;
    const result = await this.#deps.runner.run((signal) => this.#fetch(url, issuer, signal));
    if (result.outcome !== 'answered') {
      // Its own issuer says until when it counts.
      return kept && kept.nextUpdate > now ? kept : result;
    }
    this.#kept.delete(key);
    this.#kept.set(key, result.value);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return result.value;
  }

  async #fetch(url: string, issuer: X509Certificate, signal: AbortSignal): Promise<KeptList> {
    const response = await this.#deps.outbound.fetch(url, { signal });
    if (response.status !== 200) throw new SourceFailure(String(response.status));
    const bytes = Buffer.from(await response.arrayBuffer());
    try {
      return readList(derOf(bytes), issuer, this.#deps.clock.now());
    } catch (error) {
      if (error instanceof ContradictoryAnswer) throw error;
      throw new ContradictoryAnswer('not a list', { cause: error });
    }
  }
}

/** @throws ContradictoryAnswer for one that is not the issuer's, or not of now. */
function readList(der: Buffer, issuer: X509Certificate, now: Date): KeptList {
  const { tbsCertList, tbsCertListRaw, signatureAlgorithm, signature } = AsnConvert.parse(
    der,
    CertificateList,
  );
  const digest = DIGESTS.get(signatureAlgorithm.algorithm);
  const own = AsnConvert.parse(issuer.raw, Certificate).tbsCertificate.subject;
  const isNamed = hex(AsnConvert.serialize(own)) === hex(AsnConvert.serialize(tbsCertList.issuer));
  const isSigned =
    digest !== undefined &&
    tbsCertListRaw !== undefined &&
    verify(digest, Buffer.from(tbsCertListRaw), issuer.publicKey, Buffer.from(signature));
  if (!isNamed || !isSigned || !maySignLists(issuer)) throw new ContradictoryAnswer('of another');
  // Parts of lists, and lists of lists, are not understood.
  if (tbsCertList.crlExtensions?.some(({ critical }) => critical)) {
    throw new ContradictoryAnswer('a part of a list');
  }
  const nextUpdate = tbsCertList.nextUpdate?.getTime();
  const thisUpdate = tbsCertList.thisUpdate.getTime();
  const isOfNow =
    nextUpdate && nextUpdate > now && thisUpdate.getTime() < now.getTime() + TOLERANCE_MS;
  if (!isOfNow) throw new ContradictoryAnswer('not of now');
  const revoked = (tbsCertList.revokedCertificates ?? []).map(({ userCertificate }) =>
    hex(userCertificate),
  );
  return { revoked: new Set(revoked), fetchedAt: now, nextUpdate };
}

function maySignLists(issuer: X509Certificate): boolean {
  const extension = extensionOf(issuer, KEY_USAGE);
  return (
    extension !== undefined &&
    (AsnConvert.parse(extension, KeyUsage).toNumber() & KeyUsageFlags.cRLSign) !== 0
  );
}

function listAddress(certificate: X509Certificate): string | undefined {
  const extension = extensionOf(certificate, DISTRIBUTION_POINTS);
  if (!extension) return undefined;
  const points = [...AsnConvert.parse(extension, CRLDistributionPoints)];
  return points
    .flatMap(({ distributionPoint }) => distributionPoint?.fullName ?? [])
    .flatMap(({ uniformResourceIdentifier: uri }) => uri ?? [])
    .find((uri) => /^https?:\/\//u.test(uri));
}

function derOf(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, 11).equals(Buffer.from('-----BEGIN '))) return bytes;
  const base64 = bytes.toString('latin1').replaceAll(/-----[^-]+-----|\s/gu, '');
  return Buffer.from(base64, 'base64');
}

function hex(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString('hex');
}
