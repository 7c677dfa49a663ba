// A client in TypeScript made of an OpenAPI document, as a developer of a department would make one:
//   node --import ./scripts/typescript-6.mjs scripts/generate-client.mjs docs/openapi.json OUTPUT-FOLDER
import { createClient } from '@hey-api/openapi-ts';

const [input = '', output = ''] = process.argv.slice(2);
await createClient({
  input,
  output: { path: output, module: { extension: '.ts' } },
  logs: { level: 'silent', file: false },
  plugins: ['@hey-api/client-fetch', '@hey-api/sdk', '@hey-api/typescript'],
});
