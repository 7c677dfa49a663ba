// The file HUTONG_VERIFICATION: which sources check identities, what they may cost, and which
// evidence gives which real-name level. Without the file verification is offered at windows only.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readSettingsFile } from './settings-file.ts';
import { changeNoticesSchema } from './change-notices-config.ts';
import type { ChangeNoticesConfig } from './change-notices-config.ts';
import {
  bankTransferSchema,
  certificateSchema,
  licenceSchema,
  entityProofSources,
  readCertificateConfig,
} from './entity-proof-config.ts';
import type {
  BankTransferConfig,
  CertificateConfig,
  LicenceConfig,
} from './entity-proof-config.ts';

/** Sources that compare what people know of themselves: name, number, phone, bank card. */
export const elementSources = ['population', 'socialSecurity', 'operator', 'bank'] as const;
export type ElementSource = (typeof elementSources)[number];
/** Codes of the sources; they stand in evidence, figures and policies. */
export const verificationSources = [
  ...elementSources,
  'networkIdentity',
  'face',
  'legalEntities',
  ...entityProofSources,
] as const;
export type VerificationSource = (typeof verificationSources)[number];
/** `review`: people who look at what was sent; no source that is asked over the network. */
const policySources = [...verificationSources, 'review'] as const;

/** Of what speaks of people, staff included. */
export function isPersonSource(name: VerificationSource | 'review'): boolean {
  return name !== 'legalEntities' && !entityProofSources.some((each) => each === name);
}

const budget = z.strictObject({
  attempts: z.int().min(1).max(1_000_000),
  windowSeconds: z
    .int()
    .min(1)
    .max(31 * 86_400),
});

const source = z.strictObject({
  url: z.url({ protocol: /^https?$/u }),
  key: z.string().min(16).max(500).optional(),
  keyFile: z.string().max(500).optional(),
  /** The highest level that its evidence alone can support. */
  cap: z.int().min(2).max(4),
  /** Codes of the certificate types that it knows. */
  certificateTypes: z
    .array(z.string().regex(/^\d{3}$/u))
    .min(1)
    .max(50)
    .default(['111']),
  /** For one call. */
  timeoutMs: z.int().min(50).max(4000).default(3000),
  /** Calls a day, of all processes together; the day is the city's (UTC+8). */
  dailyBudget: z.int().min(0).max(10_000_000),
  /** What one call costs, in fen, for the operator's figures. */
  costFen: z.int().min(0).max(100_000).default(0),
  /** How long its evidence counts. Absent: until it is revoked. */
  validDays: z.int().min(1).max(36_500).optional(),
  breaker: z
    .strictObject({
      failures: z.int().min(1).max(1000).default(5),
      openMs: z.int().min(50).max(3_600_000).default(30_000),
    })
    .prefault({}),
});

/** Lists with names and numbers are everywhere: what one matches proves no more, and displaces nobody. */
const elements = source.extend({ cap: z.literal(2) });

const population = elements.extend({
  /** Where it is asked whether somebody is a child's guardian; absent: it cannot tell. */
  relationUrl: z.url({ protocol: /^https?$/u }).optional(),
});

const face = source.extend({
  /** `iss` of its results. */
  issuer: z.string().min(1).max(200),
  /** Where people reach it, when that is another address than ours. */
  pageUrl: z.url({ protocol: /^https?$/u }).optional(),
  /** Our name there: `aud` of its results, `iss` of our requests. */
  clientId: z.string().min(1).max(100),
});

/** 国家网络身份认证. What it says of itself counts up to the cap, and never as much as a window. */
const networkIdentity = face.extend({ cap: z.int().min(2).max(3) });

const review = z.strictObject({
  /** The highest level that pictures alone can support. */
  cap: z.int().min(2).max(3),
  /** The same for the papers of an organisation. */
  entityCap: z.int().min(2).max(3).default(2),
  /** How long it counts. Absent: until it is revoked. */
  validDays: z.int().min(1).max(36_500).optional(),
  /** Reviewers who have to agree. */
  approvals: z.union([z.literal(1), z.literal(2)]).default(1),
});

const legalEntities = source.extend({
  /** How often what it said of an organisation is looked at again. */
  recheckDays: z.int().min(1).max(366).default(1),
  /** Where it tells what it has under a code: without it new names are not learnt. */
  entryUrl: z.url({ protocol: /^https?$/u }).optional(),
  changes: changeNoticesSchema.optional(),
  /** Ends, new representatives and new names that are carried out within an hour; then it stops. */
  consequencesPerHour: z.int().min(1).max(100_000).default(100),
});

const way = z.strictObject({
  /** How many of them, each counted once. */
  count: z.int().min(1).max(policySources.length),
  of: z.array(z.enum(policySources)).min(1),
});

const fileSchema = z
  .strictObject({
    sources: z.strictObject({
      population: population.optional(),
      socialSecurity: elements.optional(),
      operator: elements.optional(),
      bank: elements.optional(),
      networkIdentity: networkIdentity.optional(),
      face: face.optional(),
      review: review.optional(),
      legalEntities: legalEntities.optional(),
      certificate: certificateSchema.optional(),
      licence: licenceSchema.optional(),
      bankTransfer: bankTransferSchema.optional(),
    }),
    policy: z
      .array(
        z.strictObject({
          level: z.union([z.literal(2), z.literal(3), z.literal(4)]),
          anyOf: z.array(way).min(1),
        }),
      )
      .min(1),
    tries: z
      .strictObject({
        perAccount: budget.default({ attempts: 5, windowSeconds: 86_400 }),
        perNumber: budget.default({ attempts: 5, windowSeconds: 86_400 }),
        /** Numbers that share region and birth date: their rest could be tried out. */
        perBirthPrefix: budget.default({ attempts: 20, windowSeconds: 86_400 }),
        perAddress: budget.default({ attempts: 30, windowSeconds: 86_400 }),
        networkPerAccount: budget.default({ attempts: 10, windowSeconds: 86_400 }),
        facePerAccount: budget.default({ attempts: 5, windowSeconds: 86_400 }),
        /** Forms sent for a review. */
        reviewPerAccount: budget.default({ attempts: 5, windowSeconds: 86_400 }),
        entityPerAccount: budget.default({ attempts: 10, windowSeconds: 86_400 }),
        /** Payments: each can be guessed at three times. */
        transferPerEntity: budget.default({ attempts: 3, windowSeconds: 30 * 86_400 }),
        transferPerBankAccount: budget.default({ attempts: 3, windowSeconds: 30 * 86_400 }),
      })
      .prefault({}),
  })
  .superRefine((file, context) => {
    file.policy.forEach(({ level, anyOf }, rule) =>
      anyOf.forEach(({ count, of }, index) => {
        const path = ['policy', rule, 'anyOf', index];
        const complain = (message: string) => context.addIssue({ code: 'custom', path, message });
        if (new Set(of).size !== of.length) complain('names a source twice');
        if (count > of.length) complain('asks for more sources than it names');
        const weak = of.filter((name) => (file.sources[name]?.cap ?? 0) < level);
        // Otherwise many weak proofs, all of them in leaked lists, would make a strong one.
        if (weak.length >= count) complain(`no source that reaches level ${level} is needed`);
      }),
    );
  });

type FileContent = z.output<typeof fileSchema>;
export type LevelPolicy = FileContent['policy'];
export type VerificationTries = FileContent['tries'];
type Keyed<T> = Omit<T, 'key' | 'keyFile'> & { key: string };
/** What every source needs to be asked. */
export type AskingConfig = Pick<
  z.output<typeof source>,
  'timeoutMs' | 'dailyBudget' | 'costFen' | 'breaker'
>;
export type SourceConfig = Keyed<z.output<typeof source>>;
export type PopulationConfig = Keyed<z.output<typeof population>>;
export type FaceConfig = Keyed<z.output<typeof face>>;
export type EntityRegisterConfig = Omit<Keyed<z.output<typeof legalEntities>>, 'changes'> & {
  changes?: ChangeNoticesConfig | undefined;
};

export type ManualReviewConfig = z.output<typeof review>;

export interface VerificationConfig {
  sources: { [Name in ElementSource]?: SourceConfig | undefined } & {
    population?: PopulationConfig | undefined;
    networkIdentity?: FaceConfig | undefined;
    face?: FaceConfig | undefined;
    review?: ManualReviewConfig | undefined;
    legalEntities?: EntityRegisterConfig | undefined;
    certificate?: CertificateConfig | undefined;
    licence?: LicenceConfig | undefined;
    bankTransfer?: BankTransferConfig | undefined;
  };
  policy: LevelPolicy;
  tries: VerificationTries;
}

/** In production names and numbers never travel in the clear. */
export function insecureSources(config: VerificationConfig | undefined): string[] {
  const {
    face,
    networkIdentity: network,
    legalEntities: entities,
    ...sources
  } = config?.sources ?? {};
  const addresses = {
    ...Object.fromEntries(elementSources.map((name) => [name, sources[name]?.url])),
    populationRelation: sources.population?.relationUrl,
    networkIdentity: network?.url,
    networkIdentityPage: network?.pageUrl,
    face: face?.url,
    facePage: face?.pageUrl,
    legalEntities: entities?.url,
    legalEntitiesEntry: entities?.entryUrl,
    legalEntitiesChanges: entities?.changes?.url,
    licence: sources.licence?.url,
    licencePage: sources.licence?.pageUrl,
    bankTransfer: sources.bankTransfer?.url,
  };
  return Object.entries(addresses)
    .filter(([, url]) => url?.startsWith('http:'))
    .map(([name]) => `HUTONG_VERIFICATION: ${name}: must be https`);
}

/** Undefined without a file or with problems, which are appended: never a value, only its place. */
export function loadVerification(
  file: string | undefined,
  problems: string[],
): VerificationConfig | undefined {
  if (file === undefined) return undefined;
  const complain = (text: string) => void problems.push(`HUTONG_VERIFICATION: ${text}`);
  const name = 'HUTONG_VERIFICATION';
  const content = readSettingsFile({ name, file, schema: fileSchema }, problems);
  if (!content) return undefined;
  const { sources, policy, tries } = content;
  const ofElements = elementSources.flatMap((name) => {
    const given = sources[name];
    return given ? [[name, withKey(name, given)] as const] : [];
  });
  const ofNetwork = sources.networkIdentity && withKey('networkIdentity', sources.networkIdentity);
  const ofFace = sources.face && withKey('face', sources.face);
  const ofEntities = sources.legalEntities && entityRegister(sources.legalEntities);
  const certificate =
    sources.certificate && readCertificateConfig(sources.certificate, dirname(file), complain);
  const licence = sources.licence && withKey('licence', sources.licence);
  const transfer = sources.bankTransfer && withKey('bankTransfer', sources.bankTransfer);
  const { review: staff } = sources;
  const ofPeople = { networkIdentity: ofNetwork, face: ofFace, review: staff };
  const proofs = { certificate, licence, bankTransfer: transfer };
  const ofOrganisations = { legalEntities: ofEntities, ...proofs };
  const read = { ...Object.fromEntries(ofElements), ...ofPeople, ...ofOrganisations };
  return { sources: read, policy, tries };

  function entityRegister({ changes, ...rest }: z.output<typeof legalEntities>) {
    const place = 'legalEntities.changes';
    // What a notice is about is asked there: the notice alone is not relied upon.
    if (changes && rest.entryUrl === undefined) complain(`sources.${place}: needs entryUrl`);
    const own = withKey('legalEntities', rest);
    return changes ? { ...own, changes: withKey(place, changes) } : own;
  }

  function withKey<T extends Pick<z.output<typeof source>, 'key' | 'keyFile'>>(
    name: string,
    { key, keyFile, ...rest }: T,
  ) {
    return { ...rest, key: readKey(name, { key, keyFile }) };
  }

  function readKey(name: string, given: { key: string | undefined; keyFile: string | undefined }) {
    const place = `sources.${name}`;
    if ((given.key === undefined) === (given.keyFile === undefined)) {
      complain(`${place}: needs either key or keyFile`);
      return '';
    }
    if (given.keyFile === undefined) return given.key ?? '';
    try {
      return readFileSync(resolve(dirname(file ?? ''), given.keyFile), 'utf8').trim();
    } catch {
      complain(`${place}.keyFile: cannot be read`);
      return '';
    }
  }
}
