// A certification authority and a server certificate of its own, made anew for each test run.
import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface TestCertificates {
  /** PEM of the authority, for HUTONG_OUTBOUND_CA. */
  authority: string;
  /** For `https.createServer`. */
  server: { key: string; cert: string };
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** A certificate for these DNS names and addresses. */
export async function createTestCertificates(names: {
  dns?: readonly string[];
  ip?: readonly string[];
}): Promise<TestCertificates> {
  x509.cryptoProvider.set(webcrypto);
  const authorityKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const serverKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const validity = {
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
  };
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: '01',
    name: 'CN=Test authority',
    keys: authorityKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const server = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: '02',
    subject: 'CN=Test server',
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        ...(names.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
        ...(names.ip ?? []).map((value) => ({ type: 'ip' as const, value })),
      ]),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', serverKeys.privateKey);
  return {
    authority: authority.toString('pem'),
    server: { key: x509.PemConverter.encode(key, 'PRIVATE KEY'), cert: server.toString('pem') },
  };
}

/** Authorities of one name and key, each of which has issued all of them, and a certificate below. */
export async function createMaze(
  count: number,
): Promise<{ certificates: X509Certificate[]; leaf: X509Certificate }> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const validity = {
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
  };
  const issue = async (serialNumber: string, isAuthority: boolean) => {
    const usage = isAuthority
      ? x509.KeyUsageFlags.keyCertSign
      : x509.KeyUsageFlags.digitalSignature;
    const issued = await x509.X509CertificateGenerator.create({
      ...validity,
      serialNumber,
      subject: isAuthority ? 'CN=Maze' : 'CN=Leaf',
      issuer: 'CN=Maze',
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(isAuthority, undefined, true),
        new x509.KeyUsagesExtension(usage, true),
      ],
    });
    return new X509Certificate(issued.toString('pem'));
  };
  const serials = Array.from({ length: count }, (_, index) => `1${index}`);
  const certificates = await Promise.all(serials.map((serial) => issue(serial, true)));
  return { certificates, leaf: await issue('20', false) };
}
