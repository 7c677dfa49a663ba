// The dependency rule and the house rules that no linter knows. Each one is first shown to catch a tree
// that breaks it: a rule that sees nothing would be green for ever.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dependencyViolations, fileViolations } from './support/cruise.ts';

// Reads every file of the product.
vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL('..', import.meta.url));

/** Beside each breach stands its permitted neighbour, so that a rule which flags everything fails too. */
const FAULTY_TREE: Record<string, string> = {
  'src/app.ts': `import { routes } from './accounts/accounts.routes.ts'; export const app = [routes];`,
  'src/main.ts': `import { app } from './app.ts'; console.log(app, process.env.PORT);`,
  'src/platform/mongo.ts': `import mongoose from 'mongoose'; export const db = mongoose;`,
  'src/platform/upwards.ts': `import type { Account } from '../accounts/account.ts'; export const a: Account = 1;`,
  'src/platform/reading-env.ts': `// process.env is named here only\nexport const port = process.env['PORT'];`,
  'src/platform/taking-env.ts': `const { env } = process; export const all = env;`,
  'src/platform/speaking.ts': `// not process.env\nexport const environment = 1;`,
  'src/accounts/account.ts': `import { db } from '../platform/mongo.ts'; export type Account = number; export const x = db;`,
  'src/accounts/account-store.ts': `import mongoose from 'mongoose'; export class AccountStore { db = mongoose; }`,
  'src/accounts/accounts.routes.ts': `import { AccountStore } from './account-store.ts'; export const routes = AccountStore;`,
  'src/accounts/direct.ts': `import type { ClientSession } from 'mongoose'; export type S = ClientSession;`,
  'src/sessions/friendly.ts': `import { x } from '../accounts/account.ts'; export const y = x;`,
  'src/sessions/thief.ts': `export { AccountStore } from '../accounts/account-store.ts';`,
  'src/sessions/typist.ts': `export type T = import('../accounts/account-store.ts').AccountStore;`,
  'src/sessions/mounting.ts': `const r = await import('../accounts/accounts.routes.ts'); export const z = r;`,
  'src/sessions/climbing.ts': `import { app } from '../app.ts'; export const a = app;`,
  'src/sessions/chicken.ts': `import { egg } from './egg.ts'; export const chicken = () => egg;`,
  'src/sessions/egg.ts': `import { chicken } from './chicken.ts'; export const egg = () => chicken;`,
  'src/sessions/form.ts': `import type { Content } from './content.ts'; export type Form = Content;`,
  'src/sessions/content.ts': `import type { Form } from './form.ts'; export type Content = Form | 1;`,
  'src/sessions/lost.ts': `import { gone } from './gone.ts'; export const g = gone;`,
  'src/sessions/tested.test.ts': `import { AccountStore } from '../accounts/account-store.ts'; new AccountStore();`,
  'src/sessions/testing.ts': `import { expect } from 'vitest'; export const e = expect;`,
  'src/oidc/provider.ts': `import { Provider } from 'oidc-provider'; export const p = Provider;`,
  'src/oidc/deep.ts': `import e from 'oidc-provider/lib/helpers/errors.js'; export const d = e;`,
  'src/clients/index.ts': `export const one = 1;`,
  'src/clients/utils/texts.ts': `export const two = 2;`,
  'src/clients/long.ts': 'export {};\n'.repeat(301),
  'src/clients/just-right.ts': 'export {};\n'.repeat(300),
};

describe('the architecture rules', () => {
  let tree: string;

  beforeAll(async () => {
    tree = await mkdtemp(path.join(tmpdir(), 'hutong-architecture-'));
    await symlink(path.join(root, 'node_modules'), path.join(tree, 'node_modules'));
    await writeFile(path.join(tree, 'package.json'), JSON.stringify(FAULTY_PACKAGE));
    for (const [file, content] of Object.entries(FAULTY_TREE)) {
      await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
      await writeFile(path.join(tree, file), content);
    }
  });

  afterAll(() => rm(tree, { recursive: true, force: true }));

  it('catch every breach of the dependency rule in a faulty tree, and nothing else there', async () => {
    expect(await dependencyViolations(tree, ['src'])).toEqual([
      'every-import-is-found: src/sessions/lost.ts → ./gone.ts',
      'no-cycle: src/sessions/chicken.ts → src/sessions/egg.ts',
      'no-foreign-routes: src/sessions/mounting.ts → src/accounts/accounts.routes.ts',
      'no-foreign-store: src/sessions/thief.ts → src/accounts/account-store.ts',
      'no-oidc-provider-internals: src/oidc/deep.ts → node_modules/oidc-provider/lib/helpers/errors.js',
      'only-roots-compose: src/sessions/climbing.ts → src/app.ts',
      'only-stores-touch-the-driver: src/accounts/direct.ts → node_modules/mongoose/index.js',
      'platform-knows-no-domain: src/platform/upwards.ts → src/accounts/account.ts',
      'product-needs-no-development-package: src/sessions/testing.ts → node_modules/vitest/dist/index.d.ts',
    ]);
  });

  it('catch every breach of the rules for files in a faulty tree, and nothing else there', async () => {
    expect(await fileViolations(tree, ['src'])).toEqual([
      'at-most-300-lines: src/clients/long.ts',
      'no-barrel: src/clients/index.ts',
      'no-environment: src/platform/reading-env.ts',
      'no-environment: src/platform/taking-env.ts',
      'no-vague-name: src/clients/utils/texts.ts',
    ]);
  });

  it('hold for the dependencies of the product', async () => {
    expect(await dependencyViolations(root, ['src', 'test'])).toEqual([]);
  });

  it('hold for the files of the product', async () => {
    expect(await fileViolations(root, ['src', 'test'])).toEqual([]);
  });
});

const FAULTY_PACKAGE = {
  type: 'module',
  dependencies: { mongoose: '*', 'oidc-provider': '*' },
  devDependencies: { vitest: '*' },
};
