// A detached CMS signature (RFC 5652) as the program of a UKey makes it, for the certificate tool of
// the demonstration.
import { createHash, createPrivateKey, sign } from 'node:crypto';
import {
  Attribute,
  CertificateChoices,
  CertificateSet,
  ContentInfo,
  DigestAlgorithmIdentifier,
  DigestAlgorithmIdentifiers,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignatureAlgorithmIdentifier,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
} from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';
import { fromBER, ObjectIdentifier } from 'asn1js';
import type { Sequence } from 'asn1js';
import type { IssuedCertificate } from './authority.ts';

const DATA = '1.2.840.113549.1.7.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const SHA256 = '2.16.840.1.101.3.4.2.1';
const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const SET_OF = 0x31;

/** PEM. */
export function signDetached(text: string, by: Pick<IssuedCertificate, 'chain' | 'key'>): string {
  const certificates = by.chain.map((pem) => AsnConvert.parse(derOf(pem), Certificate));
  const own = certificates[0]?.tbsCertificate;
  if (!own) throw new Error('no certificate');
  const hash = createHash('sha256').update(text, 'utf8').digest();
  const { issuer, serialNumber } = own;
  const info = new SignerInfo({
    version: 1,
    sid: new SignerIdentifier({
      issuerAndSerialNumber: new IssuerAndSerialNumber({ issuer, serialNumber }),
    }),
    digestAlgorithm: new DigestAlgorithmIdentifier({ algorithm: SHA256 }),
    signedAttrs: [
      attribute('1.2.840.113549.1.9.3', new ObjectIdentifier({ value: DATA }).toBER()),
      attribute('1.2.840.113549.1.9.4', AsnConvert.serialize(new OctetString(hash))),
    ],
    signatureAlgorithm: new SignatureAlgorithmIdentifier({ algorithm: ECDSA_SHA256 }),
    signature: new OctetString(new ArrayBuffer(0)),
  });
  const attributes = attributesOf(AsnConvert.serialize(info));
  info.signature = new OctetString(sign('sha256', attributes, createPrivateKey(by.key)));
  const signed = new SignedData({
    version: 1,
    digestAlgorithms: new DigestAlgorithmIdentifiers([info.digestAlgorithm]),
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: DATA }),
    certificates: new CertificateSet(
      certificates.map((certificate) => new CertificateChoices({ certificate })),
    ),
    signerInfos: new SignerInfos([info]),
  });
  const content = new ContentInfo({
    contentType: SIGNED_DATA,
    content: AsnConvert.serialize(signed),
  });
  const base64 = Buffer.from(AsnConvert.serialize(content)).toString('base64');
  const lines = base64.match(/.{1,64}/gu) ?? [];
  return `-----BEGIN PKCS7-----\n${lines.join('\n')}\n-----END PKCS7-----\n`;
}

/** As they are signed: as SET OF. */
function attributesOf(signerInfo: ArrayBuffer): Buffer {
  const parts = (fromBER(signerInfo).result as Sequence).valueBlock.value;
  const found = parts.find(({ idBlock }) => idBlock.tagClass === 3 && idBlock.tagNumber === 0);
  if (!found) throw new Error('no signed attributes');
  const bytes = Buffer.from(found.valueBeforeDecodeView);
  bytes[0] = SET_OF;
  return bytes;
}

function attribute(attrType: string, value: ArrayBuffer): Attribute {
  return new Attribute({ attrType, attrValues: [value] });
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/gu, ''), 'base64');
}
