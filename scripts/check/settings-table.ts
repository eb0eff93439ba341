import type { FileFinding } from './file-rules.ts'

const settingName = /\b(?:SLUICE_[A-Z][A-Z_]*|DATABASE_URL|[A-Z]+_(?:API_KEY|BASE_URL))\b/g
const tableRow = /^\|\s*`([A-Z_]+)`\s*\|/

/**
 * Settings that the program reads and the docs' one table does not have, and the other way round.
 * `docs` is that page; `readers` are the files that read the environment, by path.
 */
export function settingsAdrift(
  docs: { path: string; text: string },
  readers: Record<string, string>,
): FileFinding[] {
  const documented = new Map<string, number>()
  docs.text.split('\n').forEach((line, index) => {
    const name = tableRow.exec(line)?.[1]
    if (name !== undefined) documented.set(name, index + 1)
  })
  const read = new Map(
    Object.entries(readers).flatMap(([path, text]) =>
      Array.from(text.matchAll(settingName), ([name]): [string, string] => [name, path]),
    ),
  )
  return [
    ...Array.from(read)
      .filter(([name]) => !documented.has(name))
      .map(([name, path]) => ({ file: path, message: `${name} has no line in ${docs.path}` })),
    ...Array.from(documented)
      .filter(([name]) => !read.has(name))
      .map(([name, line]) => ({ file: docs.path, line, message: `nothing reads ${name}` })),
  ]
}
