// First, and alone: it makes the modules that follow load quickly, so those come by a later import.
import '@sluice/db/quick-imports'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Types stripped and code compiled once for a version: half of a start. It lies beside the packages, not in the
// folder for temporary files, where another user of the machine could lay code for us. Where nobody may write,
// the start is only slower.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/sluice', import.meta.url)))

await import('./start.ts')
