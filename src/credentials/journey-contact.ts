// The contact of somebody who is not signed in, and the code that proves it. Nothing is looked up until
// it came back, so that no word, no message and no time tells whose a contact is.
import type { Locale } from '../platform/http/locale.ts';
import { findContactCode, sendContactCode, verifyContactCode } from './contact-code.ts';
import type {
  CodePlace,
  CodePurpose,
  Contact,
  ContactCodeDependencies,
  SendCodeOutcome,
  VerifyCodeOutcome,
} from './contact-code.ts';

/** A registration or a recovery, as far as its contact goes. */
export interface ContactJourney {
  key: string;
  channel: Contact['channel'];
  contact: string;
}

interface CodeDependencies {
  codes: ContactCodeDependencies;
}

/** `changed`: the contact was replaced meanwhile, or another form has proven it. */
export type ProveContactOutcome =
  /** `id`: the new value for the cookie. */
  { ok: true; id: string } | (VerifyCodeOutcome & { ok: false }) | { ok: false; reason: 'changed' };

export function contactOf({ channel, contact }: ContactJourney): Contact {
  return { channel, address: contact };
}

export function journeyContact(purpose: CodePurpose) {
  const placeOf = ({ key }: ContactJourney): CodePlace => ({ owner: key, purpose, boundTo: key });
  return {
    send(
      { codes }: CodeDependencies,
      journey: ContactJourney,
      from: { address: string; language: Locale },
    ): Promise<SendCodeOutcome> {
      const contact = contactOf(journey);
      return sendContactCode(codes, { ...placeOf(journey), contact, ...from });
    },
    /** Whether a code may be typed in now. */
    async isUnderWay({ codes }: CodeDependencies, journey: ContactJourney): Promise<boolean> {
      return (await findContactCode(codes, placeOf(journey))) !== undefined;
    },
    /** `journeys`: the store that the journey moves on in. */
    async prove<J extends ContactJourney>(
      deps: CodeDependencies & {
        journeys: { prove(cookie: string, from: J): Promise<string | undefined> };
      },
      journey: J,
      { cookie, ...given }: { cookie: string; code: string; address: string },
    ): Promise<ProveContactOutcome> {
      const contacts = [contactOf(journey)];
      const place = placeOf(journey);
      const verified = await verifyContactCode(deps.codes, { ...place, contacts, ...given });
      if (!verified.ok) return verified;
      const id = await deps.journeys.prove(cookie, journey);
      return id === undefined ? { ok: false, reason: 'changed' } : { ok: true, id };
    },
  };
}
