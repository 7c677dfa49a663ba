// Reads what a form of our pages would send, without an HTML parser: the pages are our own.

export function readHiddenFields(form: string): Record<string, string> {
  const inputs = form.match(/<input\b[^>]*type="hidden"[^>]*>/gu) ?? [];
  return Object.fromEntries(
    inputs.map((input) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? '']),
  );
}

export function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`, 'u').exec(tag)?.[1];
  return value
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
