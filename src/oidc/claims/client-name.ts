// What a client calls itself, for a reader: language variants as registered (client_name#en), then
// the plain one (OpenID Connect Dynamic Client Registration 2.1).

export function clientName(client: object, locale: string): string {
  const { clientId, clientName: plain } = client as { clientId: string; clientName?: string };
  return languageVariant(client, 'client_name', locale) ?? plain ?? clientId;
}

/** Who runs it, when that was registered. */
export function clientOperator(client: object, locale: string): string | undefined {
  const { operator } = client as { operator?: string };
  return languageVariant(client, 'operator', locale) ?? operator;
}

function languageVariant(client: object, name: string, locale: string): string | undefined {
  const { language_variants: variants } = client as {
    language_variants?: Readonly<Record<string, string>>;
  };
  const language = locale.split('-')[0] ?? locale;
  return variants?.[`${name}#${locale}`] ?? variants?.[`${name}#${language}`];
}
