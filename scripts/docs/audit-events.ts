// docs/audit-events.md, from the closed list, its catalogue and the words.
import { auditCatalogue } from '../../src/audit/event-catalogue.ts';
import { auditEvents } from '../../src/audit/events.ts';
import type { Words } from '../../src/platform/http/locale.ts';

const INTRODUCTION = `# Audit events

Made from \`src/audit/events.ts\`, \`src/audit/event-catalogue.ts\` and \`locales/*/audit.json\` by \`npm run docs\`. How records are sealed and verified: \`docs/decisions/0009-audit-seals.md\`; the commands: \`npm run hutong -- audit\`.

Every record has an id, the time (\`at\`), the event (\`type\`), who did it (\`actor\`), the \`result\` (\`done\` or \`refused\`) and a MAC over all of it (\`mac\`); the sealer adds the number of its seal. A record that was written in a request has the reference number of the page and the log (\`requestId\`), and with an \`address\` also the browser and system (\`terminal\`), if they are known. No record holds a name, number, phone, token or secret.

| field | holds |
| --- | --- |
| \`subject\` | the account that it is about |
| \`clientId\` | the client (relying party) |
| \`address\` | network address of the actor |
| \`level\` | real-name level that counted, 0–4 |
| \`reason\` | a closed word, as in the code |
| \`details\` | further closed words and numbers |

## Events
`;

export function auditEventsPage(words: Words): string {
  const head = ['event', 'meaning', '含义', 'by', 'further fields'];
  const rows = auditEvents.map((type) => {
    const { actors, fields } = auditCatalogue[type];
    const key = `audit.event.${type.replaceAll('.', '_')}`;
    return [
      `\`${type}\``,
      words.translate('en', key),
      words.translate('zh-CN', key),
      actors.map((actor) => words.translate('en', `audit.actor.${actor}`)).join(', '),
      fields.map((field) => `\`${field}\``).join(' '),
    ];
  });
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [INTRODUCTION, ...lines].join('\n');
}
