// Which keys and signatures count in the certificates of organisations. The national SM2 with SM3 is
// recognised and named, not verified: Node's OpenSSL takes the identifier that GM/T 0009 puts into
// every SM2 signature from nowhere.
import type { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';

/** 国家密码管理局: the arc of SM2, SM3 and the formats around them. */
export const SM_ALGORITHMS = '1.2.156.10197.';

const SIGNATURES: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
]);
const LEAST_RSA_BITS = 2048;
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** Of the key of a certificate and of the signature on it. */
export function keyProblem(
  certificate: X509Certificate,
): 'algorithm_unsupported' | 'sm2_unsupported' | undefined {
  const { tbsCertificate, signatureAlgorithm } = AsnConvert.parse(certificate.raw, Certificate);
  const { algorithm } = tbsCertificate.subjectPublicKeyInfo;
  const curve = algorithm.parameters ? Buffer.from(algorithm.parameters).toString('hex') : '';
  const isSm = signatureAlgorithm.algorithm.startsWith(SM_ALGORITHMS) || curve === SM2_CURVE;
  if (isSm) return 'sm2_unsupported';
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = certificate.publicKey;
  const isStrong =
    type === 'rsa'
      ? (details.modulusLength ?? 0) >= LEAST_RSA_BITS
      : type === 'ec' && CURVES.has(details.namedCurve ?? '');
  const isKnown = SIGNATURES.has(signatureAlgorithm.algorithm);
  return isStrong && isKnown ? undefined : 'algorithm_unsupported';
}

/** 1.2.156.10197.1.301 in DER. */
const SM2_CURVE = '06082a811ccf5501822d';
