// What a sample answer of a peer would make of somebody here, with nobody made of it.
import type { RealNameLevel } from '../accounts/account.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import type { UpstreamIdentity } from '../federation/upstream-identity.ts';
import type { LoginStrengthCap, Peer } from './peer.ts';
import { trackReading } from './tracked-sample.ts';

/** As its adapter reads it, undefined for a dialect that nobody speaks here. Never with values in it. */
export type ReadSample = (
  peer: Peer,
  sample: unknown,
) =>
  | { ok: true; identity: UpstreamIdentity; unread?: readonly string[] | undefined }
  | { ok: false; problems: readonly string[] }
  | undefined;

export interface DryRun {
  kind: UpstreamIdentity['kind'];
  maskedName: string | undefined;
  certificateType: string | undefined;
  maskedNumber: string | undefined;
  statedLevel: string;
  /** By the level map. */
  level: RealNameLevel;
  /** What would count. */
  cappedLevel: RealNameLevel;
  strength: LoginStrengthCap;
  cappedStrength: LoginStrengthCap;
  /** Attributes that say something that is not understood. */
  unread: readonly string[];
  /** Fields of the sample that nobody reads. */
  leftAlone: readonly string[];
}

export type DryRunOutcome =
  | { ok: true; run: DryRun }
  | { ok: false; reason: 'no_adapter' | 'not_readable'; problems: readonly string[] };

const MOST_FIELDS = 50;
const FIELD_CHARACTERS = 80;

/** The sample is read, and kept nowhere. */
export function dryRun(readSample: ReadSample, peer: Peer, sample: unknown): DryRunOutcome {
  const { result, leftAlone } = trackReading(sample, (tracked) => readSample(peer, tracked));
  if (!result) return { ok: false, reason: 'no_adapter', problems: [] };
  if (!result.ok) return { ok: false, reason: 'not_readable', problems: result.problems };
  const { identity, unread = [] } = result;
  const { kind, name, certificate, uscc, statedLevel, level, strength } = identity;
  const run: DryRun = {
    kind,
    maskedName: name === undefined ? undefined : maskName(name),
    certificateType: certificate?.type ?? (uscc === undefined ? undefined : '001'),
    maskedNumber: certificate ? maskNumber(certificate.number, 'sharedScreen') : uscc,
    statedLevel,
    level,
    cappedLevel: least(level, peer.levelCap),
    strength,
    cappedStrength: least(strength, peer.strengthCap),
    unread,
    leftAlone: leftAlone.slice(0, MOST_FIELDS).map((path) => path.slice(0, FIELD_CHARACTERS)),
  };
  return { ok: true, run };
}

function least<Step extends number>(one: Step, other: Step): Step {
  return one < other ? one : other;
}
