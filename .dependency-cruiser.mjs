// Who may import whom: main → app → *.routes → domain → platform. Asserted by test/architecture.test.ts,
// which also proves each rule on a tree that breaks it. Type-only imports count, except for cycles and stores.

/** These build whole processes, so they know everything. */
const COMPOSITION_ROOTS = String.raw`^src/(main|app|cli|(app|cli)/[^/]+|demo/main|demo/[^/]+/main|mutual-recognition/key-holder/main)\.ts$`;
const TESTS = String.raw`\.test\.ts$`;
const DRIVER_FILES = [
  String.raw`-store\.ts$`,
  String.raw`\.migrations\.ts$`,
  String.raw`^src/platform/(mongo|transaction|migrations|embedded-mongod-replica-set)\.ts$`,
];

/** @type {Required<Pick<import('dependency-cruiser').IConfiguration, 'forbidden' | 'options'>>} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or miss a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'platform-knows-no-domain',
      comment: 'The platform serves every domain alike.',
      severity: 'error',
      from: { path: '^src/platform/', pathNot: TESTS },
      to: { path: '^src/', pathNot: '^src/platform/' },
    },
    {
      name: 'only-roots-compose',
      comment:
        'app.ts and cli.ts, with their folders, know everything; nothing else builds on them.',
      severity: 'error',
      from: { path: '^src/', pathNot: [COMPOSITION_ROOTS, TESTS] },
      to: { path: COMPOSITION_ROOTS },
    },
    {
      name: 'no-foreign-store',
      comment: "A domain's store is its own; others call its functions and classes.",
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: [COMPOSITION_ROOTS, TESTS] },
      to: {
        path: String.raw`^src/.+-store\.ts$`,
        pathNot: '^src/($1|platform)/',
        // docs/decisions/0005: a type runs nothing.
        dependencyTypesNot: ['type-only', 'type-import'],
      },
    },
    {
      name: 'no-foreign-routes',
      comment: 'Routes are mounted by the composition root alone.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: [COMPOSITION_ROOTS, TESTS] },
      to: { path: String.raw`^src/.+\.routes\.ts$`, pathNot: '^src/$1/' },
    },
    {
      name: 'only-stores-touch-the-driver',
      comment: 'What the database can do and how it fails is known in one kind of file.',
      severity: 'error',
      from: { path: '^src/', pathNot: [...DRIVER_FILES, TESTS] },
      to: { path: '(^|/)node_modules/(mongoose|mongodb|@types/mongoose)/' },
    },
    {
      name: 'no-oidc-provider-internals',
      comment: 'Only public hooks: a patch release may move anything below lib/.',
      severity: 'error',
      from: {},
      to: {
        path: '(^|/)node_modules/oidc-provider/lib/',
        pathNot: '/oidc-provider/lib/index\\.js$',
      },
    },
    {
      name: 'product-needs-no-development-package',
      comment: 'A production install leaves those out.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'product-needs-no-test',
      comment: 'Test support is not installed with the product.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: [TESTS, '^test/'] },
    },
    {
      name: 'every-import-is-found',
      comment: 'An import that cannot be followed would escape all the rules above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
