// Signatures and certificates that look right and are not: each refused for its own reason.
import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Authority, createAuthority } from '../demo/registers/entity-credentials/authority.ts';
import type { AuthorityMaterial } from '../demo/registers/entity-credentials/authority.ts';
import { createMaze } from '../../test/support/certificates.ts';
import { signDetached } from '../demo/registers/entity-credentials/detached-signature.ts';
import { certifiedOrganisation } from './certified-organisation.ts';
import { findCertificatePath } from './certificate-path.ts';
import { verifySignedMessage } from './signed-message.ts';

const TEXT = 'purpose: register\nnonce: 1\n';
const company = { uscc: '91440000MA0DEMC01Y', name: '云样板信息技术（演示）有限公司' };
/** Made by `openssl req -x509` with SM2 and SM3. */
const SM2_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfDCCASGgAwIBAgIUDA8ZyRb4z46ij6qwWv4/zXGgl4wwCgYIKoEcz1UBg3Uw
EzERMA8GA1UEAwwIU00yIHJvb3QwHhcNMjYxMTIyMTcyMjIyWhcNMjYxMjAyMTcy
MjIyWjATMREwDwYDVQQDDAhTTTIgcm9vdDBZMBMGByqGSM49AgEGCCqBHM9VAYIt
A0IABJH/+W5h/UA55qe7vvSOUjILFpzZlzqUXe4fzIWgEWgGK97TZO0PegkWUZmC
+4YHniyUXW0P8TxoWwuHx3ji2GCjUzBRMB0GA1UdDgQWBBSNi5WecUhGB5VvYegR
azOrZxZy8TAfBgNVHSMEGDAWgBSNi5WecUhGB5VvYegRazOrZxZy8TAPBgNVHRMB
Af8EBTADAQH/MAoGCCqBHM9VAYN1A0kAMEYCIQChUoHgNVicAetqsqU/ggcF3eIp
nTFq6ZsSu09GkRS+OwIhAP2cR4XYnLmYR2Y+w+JIdQRavAsyvxUKZwQ6coeITOXG
-----END CERTIFICATE-----`;

let material: AuthorityMaterial;
let authority: Authority;

beforeAll(async () => {
  material = await createAuthority();
  authority = await Authority.open(material);
});

describe('a signature', () => {
  it('counts for the very text, however its lines end, as PEM, Base64 or DER', async () => {
    const pem = signDetached(TEXT, await authority.issue(company));
    const base64 = pem.replaceAll(/-----[^-]+-----/gu, '');
    const all = [pem, base64, pem.replaceAll('\n', '\r\n')].map((text) => Buffer.from(text));
    all.push(Buffer.from(base64, 'base64'));
    for (const signature of all) expect(verifySignedMessage(signature, TEXT).ok).toBe(true);
    const windows = signDetached(TEXT.replaceAll('\n', '\r\n'), await authority.issue(company));
    expect(verifySignedMessage(Buffer.from(windows), TEXT).ok).toBe(true);
    const other = verifySignedMessage(Buffer.from(pem), TEXT.replace('1', '2'));
    expect(other).toEqual({ ok: false, reason: 'signature_wrong' });
  });

  it('of another key than the certificate has is none', async () => {
    const [own, other] = await Promise.all([authority.issue(company), authority.issue(company)]);
    const signature = Buffer.from(signDetached(TEXT, { chain: own.chain, key: other.key }));
    const reason = 'signature_wrong';
    expect(verifySignedMessage(signature, TEXT)).toEqual({ ok: false, reason });
  });

  it('with SM2 is named, and nothing is guessed', async () => {
    const { key } = await authority.issue(company);
    const signature = Buffer.from(
      signDetached(TEXT, { chain: [SM2_CERTIFICATE, SM2_CERTIFICATE], key }),
    );
    const reason = 'sm2_unsupported';
    expect(verifySignedMessage(signature, TEXT)).toEqual({ ok: false, reason });
  });

  it('cut off anywhere, or with any byte changed, never counts and never breaks', async () => {
    const pem = signDetached(TEXT, await authority.issue(company));
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----/gu, ''), 'base64');
    const { signer } = verifySignedMessage(der, TEXT) as { signer: X509Certificate };
    for (let at = 0; at < der.length; at += 7) {
      const cut = verifySignedMessage(der.subarray(0, at), TEXT);
      expect(cut.ok).toBe(false);
      const changed = Buffer.from(der);
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      const outcome = verifySignedMessage(changed, TEXT);
      // Bytes that are not signed may differ; then the certificate has to be the same.
      const isSame = !outcome.ok || pathOf(outcome.signer, outcome.others).ok === false;
      const isOwn = outcome.ok && outcome.signer.fingerprint256 === signer.fingerprint256;
      expect(isSame || isOwn).toBe(true);
    }
  });
});

function pathOf(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  policies: string[] = [],
) {
  const roots = [new X509Certificate(material.root)];
  return findCertificatePath(leaf, {
    others,
    trusted: { roots, intermediates: [], policies },
    now: new Date(),
  });
}

describe('a certificate', () => {
  it('needs every link up to a trusted root', async () => {
    const { chain } = await authority.issue(company);
    const [leaf, issuer] = chain.map((pem) => new X509Certificate(pem)) as [
      X509Certificate,
      X509Certificate,
    ];
    expect(pathOf(leaf, [issuer])).toMatchObject({ ok: true });
    expect(pathOf(leaf, [])).toEqual({ ok: false, reason: 'untrusted' });
    // An authority's own certificate is no organisation's.
    expect(pathOf(issuer, [])).toEqual({ ok: false, reason: 'usage_wrong' });
  });

  it('of an organisation issues none, be it signed by a trusted one', async () => {
    const { chain, key } = await authority.issue(company);
    const forger = await Authority.open({ root: material.root, certificate: chain[0], key });
    const forged = await forger.issue({ ...company, uscc: '12440000MA0DEMF002' });
    const [leaf] = forged.chain.map((pem) => new X509Certificate(pem));
    const others = chain.map((pem) => new X509Certificate(pem));
    expect(leaf && pathOf(leaf, others)).toEqual({ ok: false, reason: 'untrusted' });
  });

  it('that brings authorities which all issued each other is refused without trying every way', async () => {
    const { certificates, leaf } = await createMaze(8);
    const verify = vi.spyOn(X509Certificate.prototype, 'verify');
    expect(pathOf(leaf, certificates)).toEqual({ ok: false, reason: 'untrusted' });
    expect(verify.mock.calls.length).toBeLessThan(100);
    verify.mockRestore();
  });

  it('has to name one of the policies that the city asks for', async () => {
    const policy = '1.2.156.112562.1.1';
    const [named, bare] = await Promise.all([
      authority.issue({ ...company, policy }),
      authority.issue(company),
    ]);
    const outcomes = [named, bare].map(({ chain }) => {
      const [leaf, issuer] = chain.map((pem) => new X509Certificate(pem));
      return leaf && issuer && pathOf(leaf, [issuer], [policy]);
    });
    expect(outcomes).toMatchObject([{ ok: true }, { ok: false, reason: 'policy_wrong' }]);
  });

  it('names its organisation where the city says, and only one', async () => {
    const { chain } = await authority.issue(company);
    const leaf = new X509Certificate(chain[0]);
    expect(certifiedOrganisation(leaf, ['2.5.4.97'])).toEqual(company);
    expect(certifiedOrganisation(leaf, ['1.2.156.10260.4.1.4'])).toBeUndefined();
    const person = await authority.issue({ ...company, uscc: '440000199208160103' });
    expect(
      certifiedOrganisation(new X509Certificate(person.chain[0]), ['2.5.4.97']),
    ).toBeUndefined();
  });
});
