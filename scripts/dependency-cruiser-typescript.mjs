// Lets dependency-cruiser read TypeScript: it knows the compiler's interface up to version 6, while the
// project checks its types with 7. Only that package is given the older one. Loaded with --import:
//   node --import ./scripts/dependency-cruiser-typescript.mjs node_modules/.bin/depcruise src
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const isForCruiser = context.parentURL?.includes('/node_modules/dependency-cruiser/') ?? false;
    const wanted = isForCruiser
      ? specifier.replace(/^typescript(?=\/|$)/, 'typescript-6')
      : specifier;
    return nextResolve(wanted, context);
  },
});
