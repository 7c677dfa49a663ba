// A client's name for a reader, from the language variants it registered (client_name#zh-CN).

/** Names by language tag; the plain one under the empty tag. */
type Names = Readonly<Record<string, string>>;

export function clientName(client: object, locale: string): string {
  const { clientId, clientName: plain } = client as { clientId: string; clientName?: string };
  const names = (client as { client_names?: Names }).client_names ?? {};
  const language = locale.split('-')[0] ?? locale;
  return names[locale] ?? names[language] ?? plain ?? clientId;
}
