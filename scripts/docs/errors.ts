// docs/errors.md, from the one table of errors, the words of their pages, and what programs are
// told when the protocol refuses them.
import { programExplanations } from '../../src/oidc/pages/error-words.ts';
import { apiProblemCodes, problemKind } from '../../src/department-api/api-problems.ts';
import { AppError, errorCodes } from '../../src/platform/errors.ts';
import type { Words } from '../../src/platform/http/locale.ts';

const INTRODUCTION = `# Errors

Made from \`src/platform/errors.ts\`, \`locales/*/error.json\` and \`src/oidc/pages/error-words.ts\` by \`npm run docs\`.

Every page of an error says what happened, what to do now, whom to call, and a reference number; the same number is in the log (\`requestId\`) and in the audit record. A 503 and a 429 carry \`Retry-After\` (seconds). The code never stands in an address.

## Pages
`;

const PROTOCOL = `
## Answers to programs

Endpoints of the protocol answer in the form of their specifications (RFC 6749 5.2, RFC 6750 3, RFC 9126 2.3, RFC 8628 3.5): \`error\`, and an \`error_description\` that says what to change. When the database does not answer, \`error\` is \`temporarily_unavailable\` with status 503 and \`Retry-After\`: send the same request again. These are the descriptions of refused codes, tokens, proofs and client authentication:
`;

const INTERFACES = `

## Answers of the interface for departments

Every refusal is a problem document (RFC 9457): \`type\` is \`urn:hutong:problem:\` and the code, \`errors\` names the fields. The codes above come in the same form.
`;

export function errorsPage(words: Words): string {
  const rows = errorCodes.map((code) => {
    const { status, logLevel, localeKey } = new AppError(code);
    const say = (locale: 'zh-CN' | 'en', part: string) =>
      words.translate(locale, `${localeKey}.${part}`);
    return [
      `\`${code}\``,
      String(status),
      logLevel,
      `${say('en', 'title')}. ${say('en', 'next')}`,
      `${say('zh-CN', 'title')}。${say('zh-CN', 'next')}`,
    ];
  });
  const head = ['code', 'status', 'log', 'in English', '中文'];
  const lines = tableOf([head, ...rows]);
  const explanations = programExplanations.map((text) => `- ${text}`);
  const problems = tableOf([
    ['code', 'status', 'in English', '中文'],
    ...apiProblemCodes.map((code) => {
      const say = (locale: 'zh-CN' | 'en', part: string) =>
        words.translate(locale, `api.problem.${code}.${part}`);
      const status = String(problemKind(code).status);
      return [`\`${code}\``, status, say('en', 'detail'), say('zh-CN', 'detail')];
    }),
  ]);
  return [INTRODUCTION, ...lines, PROTOCOL, ...explanations, INTERFACES, ...problems].join('\n');
}

function tableOf([head = [], ...rows]: string[][]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
