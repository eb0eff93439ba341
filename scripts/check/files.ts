// Judges every source file by the rules of file-rules.ts, and every page of the docs by whether
// its links lead somewhere and its table of settings is whole.
import { existsSync, readFileSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FileFinding, findingsInFile } from './file-rules.ts'
import { brokenLinks } from './markdown-links.ts'
import { settingsAdrift } from './settings-table.ts'

const root = join(import.meta.dirname, '../..')
const skipped = new Set(['node_modules', 'dist', 'fixtures', 'sample'])
const filesOf = (pattern: string): AsyncIterable<string> =>
  glob(pattern, { cwd: root, exclude: (name) => skipped.has(name) })
const text = (path: string): Promise<string> => readFile(join(root, path), 'utf8')
const read = (path: string): string | undefined => {
  const file = join(root, path)
  if (!existsSync(file)) return undefined
  return path.endsWith('.md') ? readFileSync(file, 'utf8') : ''
}

const findings: FileFinding[] = []
let fileCount = 0
for await (const path of filesOf('{apps,packages,bench,e2e,scripts}/**/*.{ts,tsx}')) {
  fileCount += 1
  // The rules' own files name what they look for.
  if (path.startsWith('scripts/check/file-rules')) continue
  findings.push(...findingsInFile(path, await text(path)))
}
for await (const path of filesOf('{*.md,{docs,apps,packages}/**/*.md}')) {
  fileCount += 1
  findings.push(...brokenLinks(path, await text(path), read))
}

const table = 'docs/configuration.md'
const readers: Record<string, string> = {}
for await (const path of filesOf('apps/{server,cli}/src/env.ts')) readers[path] = await text(path)
findings.push(...settingsAdrift({ path: table, text: await text(table) }, readers))

for (const { file, line, message } of findings) {
  console.log(`${file}${line === undefined ? '' : `:${line}`}: ${message}`)
}
console.log(`${fileCount} files, ${findings.length} findings`)
process.exitCode = findings.length === 0 ? 0 : 1
