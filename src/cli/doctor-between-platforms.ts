// The checks of `hutong doctor` on what stands between platforms: mutual recognition, trust by federation.
import { lookAtServices } from '../mutual-recognition/platform/look-at-services.ts';
import { AccountMarkStore } from '../mutual-recognition/platform/account-mark-store.ts';
import { RegistrationStore } from '../mutual-recognition/platform/registration-store.ts';
import { ReconciliationStore } from '../mutual-recognition/hub/reconciliation-store.ts';
import { RecognitionKeyStore } from '../mutual-recognition/key-holder/recognition-key-store.ts';
import { RecognitionPlatformStore } from '../mutual-recognition/recognition-platform-store.ts';
import { DenialStore } from '../federation-trust/denial-store.ts';
import { SubordinateStore } from '../federation-trust/subordinate-store.ts';
import { TrustAnchorStore } from '../federation-trust/trust-anchor-store.ts';
import { givenAnchors, TrustResolver } from '../federation-trust/trust-resolver.ts';
import { judgeTrust } from '../operations/check-federation-trust.ts';
import {
  judgePlatform,
  judgeRecognitionHub,
  judgeRecognitionKeys,
} from '../operations/check-recognition.ts';
import type { Check, Finding } from '../operations/doctor.ts';
import { openAudit } from '../audit/open-audit.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import type { Keyring } from '../platform/crypto.ts';
import { createLogger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import type { Outbound } from '../platform/outbound.ts';
import { systemRandom } from '../platform/random.ts';

interface Opened {
  database: Database;
  keyring: Keyring;
  clock: Clock;
}

interface BetweenPlatforms {
  config: Config;
  open: () => Promise<Opened>;
  outgoing: (look: (outbound: Pick<Outbound, 'fetch'>) => Promise<Finding[]>) => Promise<Finding[]>;
}

const logger = createLogger({ level: 'silent', service: 'hutong-cli' });

export function betweenPlatforms(deps: BetweenPlatforms): Check[] {
  return [
    { name: 'recognition', look: () => lookAtRecognition(deps) },
    { name: 'federation_trust', look: () => lookAtTrust(deps) },
  ];
}

async function lookAtRecognition({ config, open, outgoing }: BetweenPlatforms): Promise<Finding[]> {
  const opened = await open();
  // Needed to open the stores; nothing that is looked at here is recorded.
  const { audit } = openAudit({ ...opened, random: systemRandom, logger }, config.audit);
  const stores = { ...opened, audit };
  const { recognition, recognitionHub } = config;
  const now = opened.clock.now();
  const findings: Finding[] = [];
  if (recognition) {
    findings.push(
      ...(await outgoing(async (outbound) => {
        const own = { outbound, logger, clock: opened.clock, random: systemRandom };
        const marks = new AccountMarkStore(opened);
        const facts = {
          look: await lookAtServices(own, recognition),
          pinned: recognition.keys,
          hosts: {
            keyHolder: new URL(recognition.keyHolder).host,
            hub: new URL(recognition.hub).host,
          },
          reconciledAt: await marks.reconciledAt(),
          counts: await new RegistrationStore(opened).counts(),
        };
        return judgePlatform(facts, now);
      })),
    );
  }
  if (recognitionHub) {
    const platforms = await new RecognitionPlatformStore(stores).list();
    const latest = await new ReconciliationStore(opened).latest();
    findings.push(...judgeRecognitionHub({ platforms, latest }, now));
  }
  const keys = await new RecognitionKeyStore(stores).list();
  if (keys.length > 0) findings.push(...judgeRecognitionKeys(keys, now));
  return findings.length > 0 ? findings : [{ severity: 'ok', code: 'not_set' }];
}

async function lookAtTrust({ config, open, outgoing }: BetweenPlatforms): Promise<Finding[]> {
  const { federation, issuer } = config;
  if (!federation) return [{ severity: 'ok', code: 'not_set' }];
  const opened = await open();
  return outgoing(async (outbound) => {
    const resolver = new TrustResolver({
      ...opened,
      logger,
      outbound,
      denials: new DenialStore(opened),
      anchors: () => givenAnchors(federation),
      anchorKeys: new TrustAnchorStore(opened),
      recheckSeconds: federation.recheckSeconds,
    });
    const hasSuperior = federation.authorityHints.length > 0 && federation.trustAnchors.length > 0;
    const own = hasSuperior ? await resolver.resolve(issuer, 'federation_entity') : undefined;
    const facts = {
      anchors: await resolver.lookAtAnchors(),
      own: own?.ok === true ? { ok: true as const, expiresAt: own.chain.expiresAt } : own,
      subordinates: federation.hub ? await new SubordinateStore(opened).list() : [],
    };
    return judgeTrust(facts, opened.clock.now());
  });
}
