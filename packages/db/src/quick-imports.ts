import { registerHooks } from 'node:module'

/*
 * Start Node with `--import` of this file, or import it before the first import of anything that reaches
 * drizzle-orm.
 *
 * Node 24 parses the whole `exports` of a package's package.json again for each file that is loaded from
 * the package. Drizzle's has 180 kB and its query builder 200 files: some 0.5 s of a quiet processor and
 * 200 MB at every start, of which we need neither. The files of the package name each other by relative
 * paths and are all ES modules, so there is nothing to look up.
 */
const insideDrizzle = /\/node_modules\/drizzle-orm\/.*\.js$/

registerHooks({
  resolve(specifier, context, nextResolve) {
    const from = context.parentURL
    if (!specifier.startsWith('.') || from === undefined || !insideDrizzle.test(from)) {
      return nextResolve(specifier, context)
    }
    return { url: new URL(specifier, from).href, format: 'module', shortCircuit: true }
  },
})
