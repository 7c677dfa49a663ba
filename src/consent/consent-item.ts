// One thing a client asks for, as it stands in consent records: `scope:<name>`, `claim:<name>` or
// `resource:<indicator> <scope>`.

export type ConsentItem =
  | { kind: 'scope'; name: string }
  | { kind: 'claim'; name: string }
  | { kind: 'resource'; indicator: string; name: string };

/** @throws RangeError for a text of another form. */
export function parseConsentItem(text: string): ConsentItem {
  const match = /^(?<kind>scope|claim|resource):(?<rest>.+)$/u.exec(text)?.groups;
  const rest = match?.['rest'] ?? '';
  switch (match?.['kind']) {
    case 'scope':
      return { kind: 'scope', name: rest };
    case 'claim':
      return { kind: 'claim', name: rest };
    case 'resource': {
      const space = rest.lastIndexOf(' ');
      return { kind: 'resource', indicator: rest.slice(0, space), name: rest.slice(space + 1) };
    }
    case undefined:
    default:
      throw new RangeError('not a consent item');
  }
}

export function formatConsentItem(item: ConsentItem): string {
  return item.kind === 'resource'
    ? `resource:${item.indicator} ${item.name}`
    : `${item.kind}:${item.name}`;
}

/** A name as a scope and as a single claim: the same data, so one decision counts for both. */
export function bothForms(name: string): string[] {
  return [formatConsentItem({ kind: 'scope', name }), formatConsentItem({ kind: 'claim', name })];
}

/** A list of items as audit records hold it: parted by spaces, of which resources hold one too. */
export function splitConsentItems(text: string): string[] {
  return text.split(/ (?=(?:scope|claim|resource):)/u).filter(Boolean);
}
