// What organisations of the demonstration prove themselves with, as one service: a certification
// authority with its list of revoked certificates, and the program that signs with a certificate.
import { bodyParser } from '@koa/bodyparser';
import type Koa from 'koa';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Pages } from '../../pages/site-shell.ts';
import { Faults } from '../faults.ts';
import { registeredEntities } from '../legal-entities/companies.ts';
import { createRegisterApp } from '../register-app.ts';
import type { RegisterPart } from '../register-part.ts';
import { Authority } from './authority.ts';
import type { AuthorityMaterial, CertificateRequest, IssuedCertificate } from './authority.ts';
import { addLicenceRoutes } from './licence-pages.ts';
import { LicenceService } from './licence-service.ts';
import { signDetached } from './detached-signature.ts';

export type EntityCredentialsPart = RegisterPart & {
  readonly authority: AuthorityMaterial;
  /** Where the list of revoked certificates is fetched; stands in every certificate. */
  readonly listUrl: string;
  /** `iss` of what the licence platform says. */
  readonly licenceIssuer: string;
};

type Dependencies = Omit<EntityCredentialsPart, 'port'> & {
  readonly log: (line: object) => void;
};

/** What a certificate of the tool can be, to see what becomes of each. */
const certificateKinds = ['valid', 'expired', 'revoked', 'untrusted'] as const;

const formSchema = z.object({
  uscc: z.string().max(18),
  kind: z.enum(certificateKinds),
  text: z.string().max(4000),
});

const DAY_MS = 86_400_000;

export async function createEntityCredentials(dependencies: Dependencies): Promise<Koa> {
  const { authority: material, listUrl, licenceIssuer, publicUrl, key, log } = dependencies;
  const licences = await LicenceService.create(licenceIssuer);
  const certificates = new ToolCertificates(await Authority.open(material), listUrl);
  const faults = new Faults();
  const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '16kb' });
  const shell = { key: 'entityCredentials', publicUrl, log };
  return createRegisterApp(shell, (router, pages) => {
    router.get('/', (ctx) => showTool(ctx, pages, { faults }));
    faults.addRoutes(router);
    router.post('/sign', parseForm, (ctx) => sign(ctx, pages, { faults, certificates }));
    addLicenceRoutes(router, { key, service: licences, pages, faults });
    router.get('/revoked.crl', faults.guard, async (ctx) => {
      ctx.type = 'application/pkix-crl';
      ctx.body = await certificates.list(faults);
    });
  });
}

/** One for each organisation and kind, made when it is first asked for. */
class ToolCertificates {
  readonly #authority: Authority;
  readonly #listUrl: string;
  readonly #issued = new Map<string, Promise<IssuedCertificate>>();

  constructor(authority: Authority, listUrl: string) {
    this.#authority = authority;
    this.#listUrl = listUrl;
  }

  of(uscc: string, kind: (typeof certificateKinds)[number]): Promise<IssuedCertificate> {
    const key = `${uscc} ${kind}`;
    const known = this.#issued.get(key) ?? this.#issue(uscc, kind);
    this.#issued.set(key, known);
    return known;
  }

  /** Lies as it is told: everything is revoked, or the list is another authority's. */
  async list({ mode }: Faults): Promise<Buffer> {
    if (mode === 'contradictory') return (await Authority.create()).list();
    if (mode !== 'wrong') return this.#authority.list();
    const all = await Promise.all(this.#issued.values());
    return this.#authority.list(all.map(({ serial }) => serial));
  }

  async #issue(uscc: string, kind: (typeof certificateKinds)[number]): Promise<IssuedCertificate> {
    const entity = registeredEntities.find((each) => each.uscc === uscc);
    if (!entity) throw new Error('no such organisation');
    const { name } = entity;
    const ended = {
      notBefore: new Date(Date.now() - 2 * DAY_MS),
      notAfter: new Date(Date.now() - DAY_MS),
    };
    const request: CertificateRequest = {
      uscc,
      name,
      crlUrl: this.#listUrl,
      ...(kind === 'expired' ? ended : {}),
    };
    if (kind === 'untrusted') return (await Authority.create()).issue(request);
    const issued = await this.#authority.issue(request);
    if (kind === 'revoked') this.#authority.revoke(issued.serial);
    return issued;
  }
}

function showTool(
  ctx: Context,
  pages: Pages,
  of: { faults: Faults; text?: string; signature?: string; uscc?: string; isRefused?: boolean },
): void {
  const { faults, text = '', signature, uscc, isRefused = false } = of;
  pages.show(ctx, {
    page: 'entity-credentials',
    status: isRefused ? 422 : 200,
    entities: registeredEntities,
    kinds: certificateKinds,
    mode: faults.mode,
    text,
    signature,
    uscc,
    isRefused,
  });
}

async function sign(
  ctx: Context,
  pages: Pages,
  { faults, certificates }: { faults: Faults; certificates: ToolCertificates },
): Promise<void> {
  const parsed = formSchema.safeParse(ctx.request.body);
  const isKnown =
    parsed.success && registeredEntities.some(({ uscc }) => uscc === parsed.data.uscc);
  if (!parsed.success || !isKnown || parsed.data.text.trim() === '') {
    showTool(ctx, pages, { faults, isRefused: true });
    return;
  }
  const { uscc, kind, text: typed } = parsed.data;
  // Forms send their own ends of lines.
  const text = `${typed.replaceAll('\r\n', '\n').trimEnd()}\n`;
  const signature = signDetached(text, await certificates.of(uscc, kind));
  showTool(ctx, pages, { faults, text, signature, uscc });
}
