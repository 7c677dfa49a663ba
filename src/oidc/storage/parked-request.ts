// Names and form of a request whose parameters wait on the server (parked-request-store.ts).

export const AUTHORIZE_PATH = '/oauth2/authorize';
export const LOGOUT_PATH = '/oauth2/logout';
/** Carries the one-time id of the parked parameters. */
export const PARKED_PARAMETER = 'parked';

/** Repeated parameters stay repeated: refusing them is the protocol's business. */
export function toQuery(fields: Readonly<Record<string, string | readonly string[]>>): string {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(fields)) {
    for (const each of typeof values === 'string' ? [values] : values) query.append(name, each);
  }
  return query.toString();
}
