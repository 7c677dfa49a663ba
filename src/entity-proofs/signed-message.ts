// A detached signature in CMS (RFC 5652, once PKCS #7): does it sign exactly these bytes, and with
// which certificate? Whether that certificate is worth anything is certificate-path.ts's question.
import { createHash, verify, X509Certificate } from 'node:crypto';
import { ContentInfo, SignedData } from '@peculiar/asn1-cms';
import type { SignerInfo } from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';
import { fromBER, Sequence } from 'asn1js';
import type { AsnType } from 'asn1js';
import { keyProblem, SM_ALGORITHMS } from './certificate-algorithms.ts';

export type SignatureProblem =
  /** Not a signature that anything can be read from. */
  | 'unreadable'
  /** Over something else, or altered. */
  | 'signature_wrong'
  /** Too weak, or not known here. */
  | 'algorithm_unsupported'
  /** SM2 with SM3, which the cryptography library here cannot verify. */
  | 'sm2_unsupported';

export type SignedMessageOutcome =
  | { ok: true; signer: X509Certificate; others: readonly X509Certificate[] }
  | { ok: false; reason: SignatureProblem };

/** Base64 of more than any chain of certificates needs. */
export const MAX_SIGNATURE_BYTES = 64 * 1024;
const MAX_CERTIFICATES = 10;
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const DATA = '1.2.840.113549.1.7.1';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const RSA = '1.2.840.113549.1.1.1';
const SET_OF = 0x31;

const DIGESTS = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);
/** Which digest a signature algorithm brings; RSA alone takes the one that is named beside it. */
const SIGNATURES = new Map([
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512'],
]);

/** @param signature PEM, Base64 or DER, as programs of certificate holders give it */
export function verifySignedMessage(signature: Buffer, message: string): SignedMessageOutcome {
  const der = derOf(signature);
  if (!der) return { ok: false, reason: 'unreadable' };
  try {
    return verifyDer(der, message);
  } catch {
    return { ok: false, reason: 'unreadable' };
  }
}

/** Undefined for what is neither DER nor a text of it. */
function derOf(signature: Buffer): Buffer | undefined {
  if (signature.length === 0 || signature.length > MAX_SIGNATURE_BYTES) return undefined;
  if (signature[0] === 0x30) return signature;
  const text = signature
    .toString('latin1')
    .replaceAll(/-----(?:BEGIN|END) (?:PKCS7|CMS|PKCS #7 SIGNED DATA)-----/gu, '')
    .replaceAll(/\s/gu, '');
  return /^[A-Za-z0-9+/]+={0,2}$/u.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function verifyDer(der: Buffer, message: string): SignedMessageOutcome {
  const content = AsnConvert.parse(der, ContentInfo);
  if (content.contentType.startsWith(SM_ALGORITHMS)) {
    return { ok: false, reason: 'sm2_unsupported' };
  }
  if (content.contentType !== SIGNED_DATA) return { ok: false, reason: 'unreadable' };
  const signed = AsnConvert.parse(content.content, SignedData);
  const [info, second] = signed.signerInfos;
  // Several signatures would leave open who is meant.
  if (!info || second) return { ok: false, reason: 'unreadable' };
  const certificates = certificatesIn(der);
  const signer = certificates.find((each) => isOf(info, each));
  if (!signer || certificates.length > MAX_CERTIFICATES) return { ok: false, reason: 'unreadable' };
  const problem = algorithmProblem(info) ?? keyProblem(signer);
  if (problem) return { ok: false, reason: problem };
  const attributes = signedAttributesOf(info, signedAttributesIn(der));
  const { eContentType, eContent } = signed.encapContentInfo;
  const enclosed = eContent?.single?.buffer;
  const isSigned = spellingsOf(message).some(
    (bytes) =>
      eContentType === DATA &&
      (enclosed === undefined || Buffer.from(enclosed).equals(bytes)) &&
      isSignatureOver({ info, attributes }, signer, bytes),
  );
  if (!isSigned) return { ok: false, reason: 'signature_wrong' };
  return { ok: true, signer, others: certificates.filter((each) => each !== signer) };
}

/** Editors and clipboards change the ends of lines; what is said stays the same. */
function spellingsOf(message: string): Buffer[] {
  const texts = [message, message.trimEnd(), message.replaceAll('\n', '\r\n')];
  texts.push(message.trimEnd().replaceAll('\n', '\r\n'));
  return texts.map((text) => Buffer.from(text, 'utf8'));
}

function algorithmProblem({
  digestAlgorithm,
  signatureAlgorithm,
}: SignerInfo): SignatureProblem | undefined {
  const ids = [digestAlgorithm.algorithm, signatureAlgorithm.algorithm];
  if (ids.some((id) => id.startsWith(SM_ALGORITHMS))) return 'sm2_unsupported';
  const digest = DIGESTS.get(digestAlgorithm.algorithm);
  const { algorithm } = signatureAlgorithm;
  const isKnown = algorithm === RSA || SIGNATURES.get(algorithm) === digest;
  return digest !== undefined && isKnown ? undefined : 'algorithm_unsupported';
}

function isSignatureOver(
  { info, attributes }: { info: SignerInfo; attributes: SignedAttributes | undefined },
  signer: X509Certificate,
  message: Buffer,
): boolean {
  const digest = DIGESTS.get(info.digestAlgorithm.algorithm) ?? '';
  if (attributes) {
    const hash = createHash(digest).update(message).digest();
    if (attributes.contentType !== DATA || !attributes.messageDigest?.equals(hash)) return false;
  }
  const signature = Buffer.from(info.signature.buffer);
  return verify(digest, attributes?.bytes ?? message, signer.publicKey, signature);
}

interface SignedAttributes {
  /** As they are signed. */
  bytes: Buffer;
  contentType: string | undefined;
  messageDigest: Buffer | undefined;
}

/** RFC 5652, 5.4: what is signed then is their DER as SET OF, each of the two there exactly once. */
function signedAttributesOf(
  { signedAttrs }: SignerInfo,
  raw: Buffer | undefined,
): SignedAttributes | undefined {
  if (!raw) return undefined;
  const valueOf = (type: string) => {
    const [only, more] = (signedAttrs ?? []).filter(({ attrType }) => attrType === type);
    return more || only?.attrValues.length !== 1 ? undefined : only.attrValues[0];
  };
  const contentType = valueOf(CONTENT_TYPE);
  const messageDigest = valueOf(MESSAGE_DIGEST);
  const bytes = Buffer.from(raw);
  bytes[0] = SET_OF;
  return {
    bytes,
    contentType: contentType && objectIdentifier(contentType),
    messageDigest:
      messageDigest && Buffer.from(AsnConvert.parse(messageDigest, OctetString).buffer),
  };
}

function objectIdentifier(bytes: ArrayBuffer): string | undefined {
  const { result } = fromBER(bytes);
  const { value } = result.valueBlock.toJSON() as { value?: unknown };
  return typeof value === 'string' ? value : undefined;
}

function isOf({ sid }: SignerInfo, certificate: X509Certificate): boolean {
  const parsed = AsnConvert.parse(certificate.raw, Certificate).tbsCertificate;
  const { issuerAndSerialNumber: named, subjectKeyIdentifier: keyId } = sid;
  if (named) {
    const isSerial = Buffer.from(named.serialNumber).equals(Buffer.from(parsed.serialNumber));
    const issuers = [named.issuer, parsed.issuer].map((name) => AsnConvert.serialize(name));
    return isSerial && Buffer.from(issuers[0]!).equals(Buffer.from(issuers[1]!));
  }
  const extension = parsed.extensions?.find(({ extnID }) => extnID === '2.5.29.14');
  if (!keyId || !extension) return false;
  const own = AsnConvert.parse(extension.extnValue, OctetString);
  return Buffer.from(own.buffer).equals(Buffer.from(keyId.buffer));
}

/** As they stand there: writing them anew could change what their issuers signed. */
function certificatesIn(der: Buffer): X509Certificate[] {
  const set = signedDataIn(der).find((each) => isContext(each, 0));
  return (set ? childrenOf(set) : [])
    .filter((each) => each instanceof Sequence)
    .map((each) => new X509Certificate(Buffer.from(each.valueBeforeDecodeView)));
}

function signedAttributesIn(der: Buffer): Buffer | undefined {
  const infos = signedDataIn(der).at(-1);
  const info = infos && childrenOf(infos)[0];
  const attributes = info && childrenOf(info).find((each) => isContext(each, 0));
  return attributes && Buffer.from(attributes.valueBeforeDecodeView);
}

function signedDataIn(der: Buffer): AsnType[] {
  const content = childrenOf(fromBER(der).result)[1];
  const signedData = content && childrenOf(content)[0];
  return signedData ? childrenOf(signedData) : [];
}

function childrenOf(block: AsnType): AsnType[] {
  const { value } = block.valueBlock as { value?: unknown };
  return Array.isArray(value) ? (value as AsnType[]) : [];
}

function isContext({ idBlock }: AsnType, number: number): boolean {
  return idBlock.tagClass === 3 && idBlock.tagNumber === number;
}
