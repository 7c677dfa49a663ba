// What the supervisor tells a relying party's process.
import type { RelyingPartySettings } from './party.ts';

export type RelyingPartyPart = { readonly port: number; readonly party: RelyingPartySettings };
