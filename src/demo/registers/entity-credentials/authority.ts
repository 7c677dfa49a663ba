// The certification authority of the demonstration: a root, an authority below it that issues
// certificates to organisations and lists the revoked ones, made anew at every start of the city.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

/** What travels to the process that plays the authority. */
export type AuthorityMaterial = {
  /** Of the root, PEM: what the city trusts. */
  readonly root: string;
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly key: string;
};

export type IssuedCertificate = {
  /** PEM of the certificate and of the authority's. */
  readonly chain: readonly [own: string, authority: string];
  /** PKCS #8, PEM. */
  readonly key: string;
  /** Hexadecimal. */
  readonly serial: string;
};

export type CertificateRequest = {
  readonly uscc: string;
  readonly name: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly crlUrl?: string;
  readonly policy?: string;
  /** The person whom it names as its holder. */
  readonly holder?: { readonly surname: string; readonly givenName: string };
  /** `sign` unless said otherwise. */
  readonly use?: 'sign' | 'encrypt';
};

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const USES = {
  sign: x509.KeyUsageFlags.digitalSignature,
  encrypt: x509.KeyUsageFlags.keyEncipherment,
} as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const ORGANISATION_DAYS = 365;
const CRL_HOURS = 24;

export async function createAuthority(): Promise<AuthorityMaterial> {
  const [rootKeys, keys] = await Promise.all([newKeys(), newKeys()]);
  const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: inDays(AUTHORITY_DAYS) };
  const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: newSerial(),
    name: 'C=CN, O=演示城市, CN=演示根证书',
    keys: rootKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(usage, true),
    ],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: newSerial(),
    subject: 'C=CN, O=演示城市, CN=演示企业证书签发机构',
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(usage, true),
    ],
  });
  return {
    root: root.toString('pem'),
    certificate: certificate.toString('pem'),
    key: await exportKey(keys.privateKey),
  };
}

export class Authority {
  readonly #certificate: x509.X509Certificate;
  readonly #key: webcrypto.CryptoKey;
  readonly #revoked = new Map<string, Date>();

  private constructor(certificate: x509.X509Certificate, key: webcrypto.CryptoKey) {
    this.#certificate = certificate;
    this.#key = key;
  }

  static async open({ certificate, key }: AuthorityMaterial): Promise<Authority> {
    const bytes = x509.PemConverter.decodeFirst(key);
    const imported = await webcrypto.subtle.importKey('pkcs8', bytes, ALGORITHM, true, ['sign']);
    return new Authority(new x509.X509Certificate(certificate), imported);
  }

  /** With a root of its own. */
  static async create(): Promise<Authority> {
    return Authority.open(await createAuthority());
  }

  async issue(request: CertificateRequest): Promise<IssuedCertificate> {
    const keys = await newKeys();
    const serial = newSerial();
    const { uscc, name, crlUrl, policy, holder, use = 'sign' } = request;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      notBefore: request.notBefore ?? new Date(Date.now() - DAY_MS),
      notAfter: request.notAfter ?? inDays(ORGANISATION_DAYS),
      subject: new x509.Name([
        { C: ['CN'] },
        { O: [{ utf8String: name }] },
        { '2.5.4.97': [{ utf8String: `NTRCN-${uscc}` }] },
        { CN: [{ utf8String: name }] },
        ...(holder ? holderNames(holder) : []),
      ]),
      issuer: this.#certificate.subjectName,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(USES[use], true),
        ...(crlUrl === undefined ? [] : [new x509.CRLDistributionPointsExtension([crlUrl])]),
        ...(policy === undefined ? [] : [new x509.CertificatePolicyExtension([policy])]),
      ],
    });
    return {
      chain: [certificate.toString('pem'), this.#certificate.toString('pem')],
      key: await exportKey(keys.privateKey),
      serial,
    };
  }

  revoke(serial: string): void {
    this.#revoked.set(serial, new Date());
  }

  /** The list of revoked certificates, and of these, DER. */
  async list(more: readonly string[] = []): Promise<Buffer> {
    const now = new Date();
    const revoked = new Map([...more.map((serial) => [serial, now] as const), ...this.#revoked]);
    const crl = await x509.X509CrlGenerator.create({
      issuer: this.#certificate.subject,
      thisUpdate: now,
      nextUpdate: new Date(now.getTime() + CRL_HOURS * 3_600_000),
      entries: [...revoked].map(([serialNumber, revocationDate]) => ({
        serialNumber,
        revocationDate,
      })),
      signingAlgorithm: ALGORITHM,
      signingKey: this.#key,
    });
    return Buffer.from(crl.rawData);
  }
}

/** X.520, 6.2.4 and 6.2.5. */
function holderNames({ surname, givenName }: NonNullable<CertificateRequest['holder']>) {
  return [{ '2.5.4.4': [{ utf8String: surname }] }, { '2.5.4.42': [{ utf8String: givenName }] }];
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** Positive in every encoding. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function inDays(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}
