// Lets packages read and write TypeScript that know the compiler's interface up to version 6, while the
// project checks its types with 7. Only those packages are given the older one. Loaded with --import:
//   node --import ./scripts/typescript-6.mjs node_modules/.bin/depcruise src
import { registerHooks } from 'node:module';

const NEED_THE_OLDER = ['/node_modules/dependency-cruiser/', '/node_modules/@hey-api/'];

registerHooks({
  resolve(specifier, context, nextResolve) {
    const needsOlder = NEED_THE_OLDER.some((place) => context.parentURL?.includes(place));
    const wanted = needsOlder
      ? specifier.replace(/^typescript(?=\/|$)/, 'typescript-6')
      : specifier;
    return nextResolve(wanted, context);
  },
});
