// The vocabulary of what pages are given. Plain data only, made by presenters: masked where it must
// be, dates as Date, words as locale keys. Each domain declares its own pages in `<domain>.views.ts`.

/** Words that a template translates: `{ key: 'sign-in.refused' }`. */
export interface Words {
  key: string;
  values?: Readonly<Record<string, string | number>>;
}

/**
 * An entry of the error summary: `field` is the id of the control it belongs to; without one,
 * `href` may lead on, e.g. `{ key: 'sign-in.refused', href: '/help#password' }`.
 */
export interface FieldError<Key extends string = string> extends Words {
  key: Key;
  field?: string;
  href?: string;
}

/** Where a form goes, and what it carries unseen beside the CSRF token. */
export interface FormTarget {
  action: string;
  fields?: Readonly<Record<string, string>>;
}

/** A form whose typed contents the switches in the header take along, to `action`. */
export interface KeptForm {
  /** Of the form element. */
  id: string;
  action: string;
}

export interface RelyingPartyView {
  name: string;
  /** Its start page, when it registered one. */
  homeUrl?: string;
}

/** Something a system receives. */
export interface ItemView {
  /** A scope, with the words `consent.item.<name>`, unless `words` says otherwise. */
  name: string;
  /** For a single claim `consent.claim.<claim>`, for a scope of an interface `consent.resource`. */
  words?: Words;
}

export interface ErrorLocals {
  /** Of the error table; the words are `error.<code>.title|what|next`. */
  code: string;
  retryAfterSeconds?: number;
  /** For developers: what of a protocol request was wrong. */
  protocol?: ProtocolErrorView;
}

export interface ProtocolErrorView {
  error: string;
  description?: string;
  clientName?: string;
  parameter?: string;
  /** What was sent, shortened; never a secret. */
  received?: string;
  /** What would have been accepted. */
  registered?: readonly string[];
  /** What to correct: a word under `error.developer.reasons`, in place of the description. */
  reason?: string;
  /** Why no chain of trust leads to it: a word under `federation-trust.reason`, and whose statement. */
  trust?: { reason: string; entity: string };
}

/**
 * View name (the template's path below `views/`) → its locals; `ctx.render` is checked against it.
 * Domains add theirs with `declare module`.
 */
export interface ViewLocals {
  'platform/index': Record<never, never>;
  'platform/help': Record<never, never>;
  'platform/privacy': Record<never, never>;
  'platform/accessibility': Record<never, never>;
  'platform/error': ErrorLocals;
  'platform/cookies-required': Record<never, never>;
}

export type ViewName = keyof ViewLocals;
