/** The tools that look around: what files there are, and where a text occurs. */
import { z } from 'zod'
import { relativePaths } from '../../gate-feedback.ts'
import { defineTool, ToolError } from '../tool.ts'
import type { ToolContext } from '../tool.ts'

const maxEntries = 1000
const maxFolders = 300
const maxMatches = 200
const maxMatchChars = 300

/** Folders that are made by tools, not written by people; listed by name, never entered. */
const generated = new Set([
  'node_modules',
  '.git',
  '.venv',
  'venv',
  '__pycache__',
  'target',
  'dist',
  '.next',
  '.cache',
])

export const listFiles = defineTool({
  name: 'list_files',
  description:
    'Lists the files and folders of a folder, folders with a slash at their end. With depth it goes into folders, ' +
    'but not into generated ones such as node_modules.',
  input: z.object({
    path: z
      .string()
      .max(4096)
      .optional()
      .describe('Folder from the root of the repository; by default the root'),
    depth: z.int().min(1).max(10).optional().describe('How many levels of folders; default 1'),
  }),
  title: (input) => `List ${input.path ?? 'the repository'}`,
  async run(input, context) {
    const { paths, isCut } = await walk(context, input.path ?? '.', input.depth ?? 1)
    const more = isCut ? `\n[more than ${maxEntries} entries: list a folder below]` : ''
    const output = paths.length === 0 ? '(the folder is empty)' : paths.join('\n') + more
    return {
      status: 'ok',
      output,
      summary: `Listed ${input.path ?? 'the repository'} · ${paths.length} entries`,
    }
  },
})

async function walk(
  context: ToolContext,
  start: string,
  depth: number,
): Promise<{ paths: string[]; isCut: boolean }> {
  const paths: string[] = []
  let level = [start]
  let folders = 0
  for (let at = 0; at < depth && level.length > 0; at++) {
    const next: string[] = []
    for (const folder of level) {
      if (++folders > maxFolders || paths.length >= maxEntries)
        return { paths: paths.toSorted(byText), isCut: true }
      const { entries, truncated } = await context.sandbox.list(folder, {
        limit: maxEntries,
        signal: context.signal,
      })
      for (const entry of entries) {
        const full = folder === '.' ? entry.path : `${folder.replace(/\/+$/, '')}/${entry.path}`
        const isFolder = entry.kind === 'directory'
        paths.push(isFolder ? `${full}/` : full)
        if (isFolder && !generated.has(entry.path)) next.push(full)
      }
      if (truncated) return { paths: paths.toSorted(byText), isCut: true }
    }
    level = next
  }
  return { paths: paths.slice(0, maxEntries).toSorted(byText), isCut: paths.length > maxEntries }
}

/** By code unit: the same on every machine, whatever its locale. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export const search = defineTool({
  name: 'search',
  description:
    'Finds lines that match a regular expression. Gives path:line:text. Generated and ignored files are left out.',
  input: z.object({
    pattern: z.string().min(1).max(1000),
    path: z
      .string()
      .max(4096)
      .optional()
      .describe('File or folder from the root of the repository; by default all'),
    glob: z.string().max(200).optional().describe('Only files whose name matches, such as *.ts'),
    ignore_case: z.boolean().optional(),
  }),
  title: (input) => `Search ${JSON.stringify(input.pattern)}`,
  async run(input, context) {
    const where = input.path ?? '.'
    const run = (argv: string[]) =>
      context.sandbox.exec(
        { argv },
        {
          timeoutMs: Math.min(30_000, context.remainingMs),
          signal: context.signal,
          maxOutputBytes: 1024 * 1024,
        },
      )
    let result = await run(ripgrep(input, where))
    if (result.exitCode === 127) result = await run(grep(input, where))
    if (result.timedOut)
      throw new ToolError(
        'The search took too long. Search in a folder, or with a narrower pattern.',
      )
    // Both end with 1 for no match and with 2 for an error; an error in one file beside matches is none of the pattern.
    const lines = relativePaths(result.output, context.sandbox.root)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^\.\//, ''))
      // grep goes through folders in the order of the disk; the sort is stable, so lines keep theirs.
      .toSorted((a, b) => byText(pathOf(a), pathOf(b)))
    if (result.exitCode !== 0 && result.exitCode !== 1) {
      const matches = lines.filter((line) => /^[^:]+:\d+:/.test(line))
      if (matches.length === 0)
        throw new ToolError(`The search failed: ${lines.slice(0, 5).join('\n')}`, 'Search failed')
    }
    const shown = lines
      .slice(0, maxMatches)
      .map((line) => (line.length > maxMatchChars ? `${line.slice(0, maxMatchChars)} […]` : line))
    const more =
      lines.length > maxMatches
        ? `\n[${lines.length - maxMatches} more matches: narrow the search]`
        : ''
    const summary = `Searched ${JSON.stringify(input.pattern)} · ${lines.length} ${lines.length === 1 ? 'match' : 'matches'}`
    return {
      status: 'ok',
      output: shown.length === 0 ? 'No match.' : shown.join('\n') + more,
      summary,
    }
  },
})

function pathOf(line: string): string {
  return line.slice(0, line.indexOf(':'))
}

interface SearchInput {
  pattern: string
  glob?: string | undefined
  ignore_case?: boolean | undefined
}

/**
 * Ignore files count although a sandbox may not show `.git`; hidden files (`.github`) count too.
 * `--sort path` costs ripgrep its threads and buys the same answer every time.
 */
function ripgrep(input: SearchInput, where: string): string[] {
  const glob = input.glob === undefined ? [] : ['--glob', input.glob]
  const fixed = [
    '--line-number',
    '--with-filename',
    '--no-heading',
    '--color=never',
    '--sort=path',
    '--max-count=100',
    '--hidden',
    '--no-require-git',
  ]
  return [
    'rg',
    ...fixed,
    ...(input.ignore_case ? ['--ignore-case'] : []),
    ...glob,
    '--glob=!.git',
    '--glob=!node_modules',
    '--regexp',
    input.pattern,
    '--',
    where,
  ]
}

/** GNU grep knows no \d in extended expressions. Not sorted by itself, and read whole, so the shell is not needed. */
function grep(input: SearchInput, where: string): string[] {
  const glob = input.glob === undefined ? [] : [`--include=${input.glob}`]
  const skip = Array.from(generated, (name) => `--exclude-dir=${name}`)
  const pattern = input.pattern.replaceAll('\\d', '[0-9]')
  return [
    'grep',
    '-rnHIE',
    '--max-count=100',
    ...(input.ignore_case ? ['-i'] : []),
    ...skip,
    ...glob,
    '-e',
    pattern,
    '--',
    where,
  ]
}
