// Judges every import of the tree by .dependency-cruiser.cjs, and proves that it read them all.
import { existsSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { cruiseFolders } from './cruise.ts'

const root = join(import.meta.dirname, '../..')
const folders = ['apps', 'packages', 'bench', 'e2e', 'scripts'].filter((folder) =>
  existsSync(join(root, folder)),
)

const { modules, dependencies, violations } = await cruiseFolders(root, folders)
for (const { rule, from, to, comment } of violations) {
  console.log(`${rule}: ${from} → ${to}\n    ${comment}`)
}

// A cruise that silently skips files would pass whatever they import.
const onDisk: string[] = []
for await (const file of glob(`{${folders.join(',')}}/**/*.{ts,tsx}`, {
  cwd: root,
  exclude: (name) => ['node_modules', 'dist', 'fixtures', 'sample'].includes(name),
})) {
  if (!file.endsWith('.gen.ts')) onDisk.push(file)
}
const unread = onDisk.filter((file) => !modules.has(file))
for (const file of unread) console.log(`not read by the cruise: ${file}`)

console.log(`${onDisk.length} files, ${dependencies} imports, ${violations.length} forbidden`)
process.exitCode = violations.length + unread.length === 0 ? 0 : 1
