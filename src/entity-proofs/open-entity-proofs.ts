// Puts the parts of this domain together.
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import type { Keyring } from '../platform/crypto.ts';
import type {
  BankTransferConfig,
  CertificateConfig,
  LicenceConfig,
} from '../platform/entity-proof-config.ts';
import type { Database } from '../platform/mongo.ts';
import { createOutbound } from '../platform/outbound.ts';
import type { Random } from '../platform/random.ts';
import type { ConnectorRunner } from '../verification/connector-runner.ts';
import { BankTransfers } from './bank-transfers.ts';
import { ChallengeStore } from './challenge-store.ts';
import { ElectronicLicences } from './electronic-licences.ts';
import { LicencePlatform } from './licence-platform.ts';
import { LicenceRequestStore } from './licence-request-store.ts';
import { OrganisationCertificates } from './organisation-certificates.ts';
import { RevocationLists } from './revocation-lists.ts';
import { TransferBank } from './transfer-bank.ts';
import { TransferStore } from './transfer-store.ts';

export interface OpenEntityProofsDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  issuer: string;
  licenceSource: { runner: ConnectorRunner; config: LicenceConfig } | undefined;
  transferSource: { runner: ConnectorRunner; config: BankTransferConfig } | undefined;
  certificateSource: { runner: ConnectorRunner; config: CertificateConfig } | undefined;
}

/** The ways in which an organisation shows who it is; undefined where the city does not offer one. */
export interface EntityProofs {
  certificates: OrganisationCertificates | undefined;
  licences: ElectronicLicences | undefined;
  transfers: BankTransfers | undefined;
}

/** Lists of large authorities. */
const MAX_LIST_BYTES = 8 * 1024 * 1024;

export function openEntityProofs(
  deps: OpenEntityProofsDependencies,
  outboundConfig: Config['outbound'],
) {
  const outbound = createOutbound({ ...outboundConfig, maxBodyBytes: MAX_LIST_BYTES });
  const { certificateSource: source } = deps;
  const certificates =
    source &&
    new OrganisationCertificates(
      {
        ...deps,
        challenges: new ChallengeStore(deps),
        revocations: new RevocationLists(
          { ...deps, outbound, runner: source.runner },
          source.config,
        ),
      },
      source.config,
    );
  const { licenceSource } = deps;
  const licences =
    licenceSource &&
    new ElectronicLicences({
      ...deps,
      platform: new LicencePlatform(
        { ...deps, outbound, runner: licenceSource.runner },
        licenceSource.config,
      ),
      requests: new LicenceRequestStore(deps),
    });
  const { transferSource } = deps;
  const transfers =
    transferSource &&
    new BankTransfers({
      ...deps,
      bank: new TransferBank({ outbound, runner: transferSource.runner }, transferSource.config),
      store: new TransferStore(deps),
    });
  const proofs: EntityProofs = { certificates, licences, transfers };
  return { proofs, work: { start: () => undefined, stop: () => outbound.close() } };
}
