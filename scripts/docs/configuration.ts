// docs/configuration.md, from the table of settings, its schemas and the default limits.
import { limitsSchema } from '../../src/platform/limits-config.ts';
import { defaultRouteLimits } from '../../src/platform/http/limits.ts';
import { fileSettings, settings } from '../../src/platform/settings.ts';

const INTRODUCTION = `# Configuration

Made from \`src/platform/settings.ts\` and \`src/platform/limits-config.ts\` by \`npm run docs\`. Everything is read once, from the environment; all problems are listed at once and nothing starts. \`npm run hutong -- doctor\` looks over what runs.

In production (the default) a setting of a demonstration is refused: an issuer without https or at this machine, a master key that is no random one, everybody as a trusted proxy, calls to loopback addresses, a database without password, codes over plain http, silence in the log.

Settings marked *file* may be given as \`NAME_FILE\` with the path of a file instead, so that no secret stands in an environment.

## Settings
`;

const DEMONSTRATION = `
## The demonstration city

\`npm start\` chooses all of these itself. It heeds \`HUTONG_PORT\` (first of a block of twenty ports), \`HUTONG_DATA_DIR\` (where it keeps database and secrets), \`HUTONG_PUBLIC_URL\` (when a TLS proxy stands in front), \`MONGODB_URI\` (a database that runs already), \`HUTONG_OUTBOUND_CA\`, \`HUTONG_DEMO_NEIGHBOURS\` (\`off\`: without province, neighbouring city and other provinces), and hands the other settings on to the city.

## Limits

The file that \`HUTONG_LIMITS\` names is JSON and holds only what differs; unknown words are refused. A budget is \`attempts\` in \`windowSeconds\`. These are the defaults (\`hashing.concurrency: null\`: the number of cores, shared by the workers):
`;

const SMS_GATEWAYS = `
## SMS gateways

The file that \`HUTONG_SMS_GATEWAYS\` names is JSON: one to three gateways in the order in which they are asked. Each gets \`POST url\` with \`Authorization: Bearer key\` and \`{"to", "text", "id"}\`, and \`"template", "values"\` where \`templates\` names its own id for one of ours (\`one_time_code\`, \`new_device\`, … as in \`message.<template>\` of the locales). A message counts as accepted when the gateway answers 2xx and, with \`accepts\`, when the named field of its JSON has that value: most gateways answer 200 to refusals as well. A refusal, an error or no connection leads to the next gateway at once. No answer in \`timeoutMs\` (at most 4000) may mean that the message was sent: a code, which somebody waits for, goes on to the next; any other message is handed to the same gateway again later under the same \`id\`, by which it can tell a repetition. 400, 413 and 422 are about the message itself and end it. After \`breaker.failures\` in a row a gateway is left out for \`openMs\`. \`perNumberDaily\` messages go to one number in a day, at most four fifths of them codes, \`dailyBudget\` altogether; beyond the budget messages wait, and codes expire. \`perOrganisationDaily\` (2000) bounds what one organisation causes by offering, changing and taking back mandates, \`perClientDaily\` (20000) what one system causes by uploading them for all of its organisations: beyond that nothing is sent, and people read it in their account and by mail. \`key\` may stand in \`keyFile\`. In production every address is https.

\`\`\`json
{
  "gateways": [
    {
      "id": "telecom",
      "url": "https://sms.telecom.example/send",
      "keyFile": "telecom.key",
      "accepts": { "field": "code", "equals": "OK" },
      "templates": { "one_time_code": "SMS_154950909" }
    },
    { "id": "mobile", "url": "https://sms.mobile.example/v2/messages", "keyFile": "mobile.key" }
  ],
  "perNumberDaily": 50,
  "perOrganisationDaily": 2000,
  "perClientDaily": 20000,
  "dailyBudget": 1000000
}
\`\`\`
`;

const STOCK_ACCOUNTS = `
## Old systems

The file that \`HUTONG_SERVICES\` names is JSON: \`{ "services": [ … ] }\`, the services 事项 of the city, at most 5,000. \`code\` (letters, digits, \`.\`, \`_\`, \`:\`, \`-\`; 64 at most) is what clients register in \`services\` and name in the request parameter \`service\`; \`name\` is \`{ "zh-CN": …, "en": … }\`, for people. \`minimumLevel\` (1–4, \`acr\` of the person) and \`minimumEntityLevel\` (1–4, real-name level of the organisation acted for) may be left out. The same file goes to every process; it is read at the start. A code that is not in it asks for nothing.

The file that \`HUTONG_INTERMEDIARIES\` names is JSON: \`{ "kinds": [ … ] }\`, the kinds of intermediary 中介机构 that organisations may be recognised as. \`id\` stands in records and never changes; \`name\` and \`department\` (主管部门, who approves it) are \`{ "zh-CN": …, "en": … }\` and may be left out for the supplied ids (\`bookkeeping\`, \`tax_agent\`, \`asset_appraisal\`, \`cost_consulting\`, \`real_estate\`, \`bidding\`, \`patent\`, \`human_resources\`, \`inspection\`, \`environmental\`, \`safety\`, \`surveying\`). \`hasNumber\` (default \`true\`) says whether its certificate bears a number, \`mostYears\` (1–20, default 5) how long a term may be from the day of the application. A kind that is left out later is offered no more; what was granted of it goes on to its end. With an empty list nothing is offered.

The file that \`HUTONG_APPEARANCE\` names is JSON: \`name\` of this platform (head and title of every page, authenticator apps) and its \`operator\` (foot of every page), each \`{ "zh-CN": …, "en": … }\`, \`extent\` (\`city\` unless said otherwise, \`province\`), by which pages say 本市 or 本省, and \`accent\`, its colours (\`blue\` unless said otherwise, \`teal\`, \`plum\`), so that people see whose page they are on when a sign-in leads from one platform to another.

The file that \`HUTONG_MANDATES\` names is JSON with the limits of mandates; what is left out is as supplied: \`administrators\` (1–50, default 5) of one organisation at a time; \`defaultDays\` (30) offered in the form and \`longestDays\` (365) of a term, at most 3,660; \`singleUseHours\` (1–720, default 24) of a mandate for one use; \`delegationDepth\` (0–5, default 1), how often a handler's may be passed on; \`importedOffers\` (1–20,000, default 5,000), open offers of one organisation that came with uploads; \`importsADay\` (1–1,000, default 50), uploads of one organisation in 24 hours, trials included; \`warningDays\` (0–90, default 7), how long before the end both sides are told. The same file goes to every process.

The file that \`HUTONG_RECOGNITION_HUB\` names is JSON and makes this installation the hub of mutual recognition (docs/mutual-recognition.md); \`{}\` is enough. \`bucketQuotas.perPlatformPerDay\` (20) and \`bucketQuotas.perDay\` (60): lookups of people of one area prefix and birth date; \`answerAfterMs\` (0–1,000, default 25): how long after the question a lookup is answered, whatever it found.

The file that \`HUTONG_RECOGNITION\` names is JSON and lets this platform take part (docs/mutual-recognition.md): \`platformId\` as hub and key holder have it on record; \`hub\` and \`keyHolder\`, their addresses without a path; \`keys\`, the public keys of the key holder (\`epoch\`, \`publicKey\`) that its administrators gave on a way of their own; \`signingKey\` (ES256) and \`decryptionKey\` (ECDH-ES), private JWKs with \`kid\` and \`alg\`. It is a secret. The same file goes to every process and to the commands.

The file that \`HUTONG_FEDERATION\` names is JSON; what its members mean for both sides is told in [federation](federation.md). \`organizationName\` (\`{ "zh-CN": …, "en": … }\`) and \`contacts\` are published. \`trustAnchors\`: \`entityId\`, \`jwks\` (public keys as they were handed over; later ones the anchor announces itself), \`levelCap\` (1–4, the highest real-name level that counts here), \`strengthCap\` (1–3, default 2, of sign-in), \`trustMarks\` (types of marks without which nobody below it is believed). \`authorityHints\` are our direct superiors, none for who stands at the top. \`hub\` (default \`false\`): others are below us. \`trustMarkIssuers\` (type → entities; for who stands at the top), \`trustMarks\` (\`type\`, \`issuer\`: marks of ours, fetched and renewed). \`statementSeconds\` (60–86,400, default 3,600): how long what we say is believed. \`recheckSeconds\` (1–3,600, default 60): after so long what others say is asked for again. \`acceptsProviders\`, \`acceptsClients\` (default \`true\`): whether people may come here from providers, and relying parties use us, by a chain. \`clientScope\` (default \`openid profile phone\`): what such a relying party may ask for at most.

The file that \`HUTONG_STOCK_ACCOUNTS\` names is JSON: the old systems whose accounts \`hutong stock-accounts import\` takes in. \`id\` stands in records and addresses and never changes; \`name\` is what people read. \`levelCap\` (1–3, default 2) is the highest real-name level that an identity verified there gives here. \`passwordsUntil\` is the last day (UTC+8) on which an old password counts; after it those that nobody has used are destroyed, so a date that is put off later brings none back. \`caseSensitiveLogins\` (default \`false\`) says that the old system told \`Wang\` from \`wang\`; it is not changed after an import.

\`\`\`json
{
  "sources": [
    {
      "id": "housing-fund",
      "name": { "zh-CN": "公积金网上大厅", "en": "Housing fund online" },
      "levelCap": 2,
      "passwordsUntil": "2027-12-31"
    }
  ]
}
\`\`\`
`;

const VERIFICATION = `
## Verification

The file that \`HUTONG_VERIFICATION\` names is JSON: the sources that check identities, what they may cost, and the policy. Each source has its own time limit (\`timeoutMs\`, one repetition), circuit breaker, and \`dailyBudget\` of calls, counted by all processes together (the day is UTC+8); \`cap\` is the highest level its word alone supports (of the sources that compare elements always 2), \`validDays\` how long it counts. \`certificateTypes\` are the documents that it knows (\`111\` alone unless said otherwise); people with others are led to \`sources.review\`, where staff look at pictures of them: its \`cap\` (2 or 3; from 3 on a picture of the person with the document is asked for), \`validDays\` and \`approvals\` (how many reviewers; always two when another account holds the identity or a register contradicts). Without it nobody is. \`relationUrl\` of \`population\` answers who a child’s guardian is (\`POST\` with \`guardian\` and \`child\`; code \`00\` yes, \`01\` no, \`02\` unknown); without it children are added at windows only. A key stands in \`key\` or in the file \`keyFile\` (relative to this one). In production every address is https. \`policy\` says which evidence gives which level, as "\`count\` of these", e.g. \`{ "count": 2, "of": ["population", "socialSecurity", "operator", "bank"] }\` (Shaanxi asks for three); a level that could be reached with weaker sources alone is refused. What the register of legal entities says gives levels to organisations only; it is asked again every \`recheckDays\`. \`certificate\` accepts signatures made with certificates of organisations (CA certificate, UKey): \`authorities\` and \`intermediates\` are PEM or files of PEM, \`usccOids\` the places in subject or extensions that hold the code (\`2.5.4.97\` unless said otherwise), \`policies\` the certificate policies of which one must be named (any if empty), \`crlUrl\` the list of revoked ones for certificates that name none, \`crlMaxAgeSeconds\` how long a list is used; without a list that counts nothing is accepted. SM2 certificates are not verified. \`licence\` asks a platform of electronic business licences: \`url\` and \`key\` server to server, \`pageUrl\` where a telephone presents one, \`issuer\` and \`clientId\` of its signed results; whoever presents it has to be who is signed in. \`bankTransfer\` pays 0.01 to 9.99 yuan to an organisation’s account (\`url\` takes \`POST\` with an \`Idempotency-Key\`; code \`00\` paid, \`01\` another holder, \`02\` no such account, \`03\` no account of an organisation); \`cap\` is 2 or 3, and a payment counts when the amount is told within three tries and 72 hours; \`tries.transferPerEntity\` and \`tries.transferPerBankAccount\` limit payments (3 in 30 days each). \`tries\` (budgets as below) limits people: by account, number, birth date with region, and address.

\`\`\`json
{
  "sources": {
    "population": {
      "url": "https://register.example.gov.cn/check",
      "keyFile": "population.key",
      "cap": 2,
      "dailyBudget": 20000,
      "costFen": 10,
      "timeoutMs": 3000,
      "breaker": { "failures": 5, "openMs": 30000 }
    },
    "networkIdentity": {
      "url": "https://network-identity.internal.example.gov.cn/",
      "pageUrl": "https://network-identity.example.gov.cn/",
      "issuer": "https://network-identity.example.gov.cn",
      "clientId": "hutong",
      "keyFile": "network-identity.key",
      "cap": 3,
      "dailyBudget": 5000,
      "costFen": 20,
      "validDays": 1825
    },
    "face": {
      "url": "https://face.internal.example.gov.cn/",
      "pageUrl": "https://face.example.gov.cn/",
      "issuer": "https://face.example.gov.cn",
      "clientId": "hutong",
      "keyFile": "face.key",
      "cap": 3,
      "dailyBudget": 5000,
      "costFen": 50,
      "validDays": 1825
    },
    "legalEntities": {
      "url": "https://entities.example.gov.cn/check",
      "keyFile": "entities.key",
      "cap": 3,
      "dailyBudget": 5000,
      "recheckDays": 7
    },
    "certificate": {
      "cap": 4,
      "authorities": ["authorities.pem"],
      "usccOids": ["2.5.4.97", "1.2.156.10260.4.1.4"],
      "dailyBudget": 5000
    }
  },
  "policy": [
    { "level": 2, "anyOf": [{ "count": 1, "of": ["population", "networkIdentity", "face"] }] },
    { "level": 3, "anyOf": [{ "count": 1, "of": ["networkIdentity", "face"] }] },
    { "level": 3, "anyOf": [{ "count": 1, "of": ["legalEntities"] }] },
    { "level": 4, "anyOf": [{ "count": 1, "of": ["certificate"] }] }
  ],
  "tries": { "perAccount": { "attempts": 5, "windowSeconds": 86400 } }
}
\`\`\`

Four sources compare elements, with the same settings: \`population\` 人口库 and \`socialSecurity\` 社保 are told name and number, \`operator\` the confirmed phone as well, \`bank\` phone and card number (kept nowhere); the last two only with the person's separate consent, recorded as \`verification.consented\`. The overview offers the cheapest (\`costFen\`) sufficient one first; where one does not answer, its page offers the others with what was typed. Where one confirms a name and number and another denies it, nothing counts and staff get both answers as a case (\`sources.review\`). Each is asked by POST with \`Authorization: Bearer <key>\` and JSON \`{ request_id, name, certificate_type, certificate_number, phone?, card_number? }\` and answers \`{ request_id, code, found, name_matches, phone_matches?, card_matches? }\`; \`code\` is \`00\` all agree, \`01\` the number has another name, \`02\` no such number, \`03\` another phone, \`04\` another card. An answer that contradicts itself or its question counts as none. A source whose interface differs needs a small adapter of the city in front of it.

\`networkIdentity\` 国家网络身份认证 (公安部等六部门令第173号) is OAuth 2.0 code with PKCE (S256), \`state\`, \`nonce\` and \`iss\` (RFC 9207): people go to \`authorize\` under \`pageUrl\` and come back to \`/verification/network-identity/return\`; the city asks \`token\` under \`url\` (\`client_secret_basic\` with \`clientId\` and \`key\`) and finds the keys at \`jwks\`. The answer \`{ result }\` is a JWT of type \`network-identity-result+jwt\` with \`iss\` (= \`issuer\`), \`aud\` (= \`clientId\`), \`nonce\`, \`sub\` (网号: letters and digits), \`level\` (counts up to \`cap\`, 2 or 3), \`age_over_14\`, \`code\`, \`jti\`; \`name\` only with scope \`name\`, which is asked for when the person agreed to it; \`subject_matches\` only when the request had \`subject_hash\` (SHA-256 of nonce, certificate type, number and name as a JSON array, base64url). It is offered only where it is configured, and nobody needs it. An account may have the opaque identifier alone, and one identifier opens at most one account. A number is added to such an account by the same service or by a face, never by name and number alone; the level of an account with a number is raised only when the service says that the number is the same person's.

In the figures (\`/metrics\`) every source has \`hutong_verification_calls_total\`, \`hutong_verification_breaker\` and \`hutong_verification_budget_left\` under its name here; costs are counted in \`sourceUsage\`.
`;

export function configurationPage(): string {
  const rows = Object.entries(settings).map(([name, schema]) => {
    const unset = schema.safeParse(undefined);
    const isFile = fileSettings.has(name) ? ' *file*' : '';
    return [`\`${name}\`${isFile}`, defaultText(unset), schema.description ?? ''];
  });
  const head = ['setting', 'default', 'meaning'];
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const limits = { ...limitsSchema.parse({}), routes: defaultRouteLimits };
  const json = ['```json', JSON.stringify(limits, null, 2), '```'];
  return [
    INTRODUCTION,
    ...lines,
    VERIFICATION,
    SMS_GATEWAYS,
    STOCK_ACCOUNTS,
    DEMONSTRATION,
    ...json,
  ].join('\n');
}

function defaultText(unset: { success: boolean; data?: unknown }): string {
  if (!unset.success) return '**required**';
  const { data } = unset;
  if (typeof data === 'string' || typeof data === 'number') return `\`${data}\``;
  return '–';
}
