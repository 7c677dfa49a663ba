// The upload that a change of mandates came with (src/mandate-import), as its records name it.

export interface Imported {
  importId: string;
  /** The system that sent it. */
  clientId: string;
}

/** Of what may have been done by hand. */
export type MaybeImported = { [Name in keyof Imported]?: Imported[Name] | undefined };

/** Of an audit record; nothing for what was done by hand. */
export function importFacts({ importId, clientId }: MaybeImported = {}): {
  source: MaybeImported;
  facts: { clientId?: string };
  details: { import?: string };
} {
  // Of older invitations the system is not known.
  if (importId === undefined || clientId === undefined)
    return { source: {}, facts: {}, details: {} };
  return { source: { importId, clientId }, facts: { clientId }, details: { import: importId } };
}
