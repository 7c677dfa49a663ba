// What the supervisor tells the process of the relying parties, of each.
import type { RelyingPartySettings } from './party.ts';

export type RelyingPartyPart = { readonly port: number; readonly party: RelyingPartySettings };
