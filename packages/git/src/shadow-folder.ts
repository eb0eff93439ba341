/** The shadow's folder on disk: made once, linked to the user's objects, checked at every opening. */

import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { GitError } from './errors.ts'
import type { Located } from './locate.ts'
import { splitNul } from './path-text.ts'
import { runGit } from './run.ts'
import { requireGitVersion } from './version.ts'
import type { ShadowFolder } from './types.ts'
import type { CallOptions } from './types.ts'

/** Makes or repairs the folder. Safe to call at the same time from several processes. */
export async function requireShadowFolder(
  path: string,
  located: Located,
  options: CallOptions,
): Promise<ShadowFolder> {
  await requireGitVersion(options)
  const config = await readUserConfig(located, options)
  refusePartialClone(config)
  if (!(await exists(join(path, 'sluice-shadow')))) await makeFolder(path, located, options)
  const format = (await readFile(join(path, 'sluice-shadow'), 'utf8')).trim()
  if (format !== located.objectFormat) {
    throw new GitError(
      'unsupported_repository',
      `The repository now uses ${located.objectFormat}, its shadow ${format}.`,
      {
        details: { shadowPath: path },
      },
    )
  }
  const borrowed = await alternatesOf(join(located.commonDir, 'objects'))
  await Promise.all([
    writeWhenDifferent(
      join(path, 'objects/info/alternates'),
      `${quoteAlternate(borrowed[0] ?? '')}\n`,
    ),
    copyShallow(path, located),
    copyRules(path, located, config),
    writeConfig(path, located, config),
  ])
  return {
    path,
    repositoryPath: located.workTree ?? located.gitDir,
    userGitDir: located.gitDir,
    userCommonDir: located.commonDir,
    objectFormat: located.objectFormat,
    objectDirs: [join(path, 'objects'), ...borrowed],
  }
}

/** Made beside its place and renamed into it, so that a half-made shadow is never opened. */
async function makeFolder(path: string, located: Located, options: CallOptions): Promise<void> {
  const draft = `${path}.${process.pid}.${Date.now()}.new`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    await runGit({
      ...options,
      cwd: dirname(path),
      args: [
        'init',
        '-q',
        '--bare',
        '--template=',
        `--object-format=${located.objectFormat}`,
        '--initial-branch=sluice',
        '--',
        draft,
      ],
    })
    await mkdir(join(draft, 'objects/info'), { recursive: true })
    await mkdir(join(draft, 'info'), { recursive: true })
    await writeFile(join(draft, 'sluice-shadow'), located.objectFormat)
    // A folder without our mark is a leftover of a copy or of a crash while deleting.
    if ((await exists(path)) && !(await exists(join(path, 'sluice-shadow'))))
      await rm(path, { recursive: true, force: true })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process was faster; its folder is as good.
    if (!(await exists(join(path, 'sluice-shadow')))) throw error
  }
}

/** An object folder and those that it borrows from, in git's order; relative lines count from the folder itself. */
async function alternatesOf(objects: string, depth = 0): Promise<string[]> {
  if (depth > 5) return [objects]
  const text = await readText(join(objects, 'info/alternates'))
  const lines = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('"'))
  const nested = await Promise.all(
    lines.map((line) => alternatesOf(resolve(objects, line), depth + 1)),
  )
  return [objects, ...new Set(nested.flat())]
}

/** Alternates are read line by line; a line that starts with a quote is C-quoted. */
function quoteAlternate(path: string): string {
  if (!/[\n"#\\]/.test(path)) return path
  return `"${path.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`
}

/** Without the user's shallow borders git would miss the parents that were never fetched. */
async function copyShallow(path: string, located: Located): Promise<void> {
  const text = located.isShallow ? await readText(join(located.commonDir, 'shallow')) : ''
  if (text === '') await rm(join(path, 'shallow'), { force: true })
  else await writeWhenDifferent(join(path, 'shallow'), text)
}

/** Settings of the user's that decide which bytes a file has on disk and in git; the shadow must agree on them. */
const SHARED_KEYS = ['autocrlf', 'eol', 'filemode', 'ignorecase', 'precomposeunicode', 'symlinks']

/** The user's settings that matter here, lower-cased keys, the last value of each. */
async function readUserConfig(
  located: Located,
  options: CallOptions,
): Promise<Map<string, string>> {
  const { stdout } = await runGit({
    ...options,
    trust: 'user',
    gitDir: located.gitDir,
    okCodes: [0, 1],
    args: [
      'config',
      '-z',
      '--get-regexp',
      `^(core\\.(${SHARED_KEYS.join('|')}|excludesfile)|extensions\\.partialclone)$`,
    ],
  })
  return new Map(
    splitNul(stdout).map((field) => {
      const text = field.toString('utf8')
      const at = text.indexOf('\n')
      // A key without `=` stands for true.
      return at === -1 ? [text, 'true'] : [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

/** Our own config file, written as a whole; values are words or numbers only. */
async function writeConfig(
  path: string,
  located: Located,
  config: ReadonlyMap<string, string>,
): Promise<void> {
  const isSha256 = located.objectFormat === 'sha256'
  const shared = SHARED_KEYS.flatMap((key) => {
    const value = config.get(`core.${key}`)
    return value !== undefined && /^[a-z0-9]+$/i.test(value) ? [`\t${key} = ${value}\n`] : []
  })
  const text =
    `[core]\n\trepositoryformatversion = ${isSha256 ? 1 : 0}\n\tbare = true\n\tlogAllRefUpdates = false\n${shared.join('')}` +
    (isSha256 ? '[extensions]\n\tobjectFormat = sha256\n' : '')
  await writeWhenDifferent(join(path, 'config'), text)
}

/**
 * The user's ignore rules and attributes that lie outside of the tree. Of the ignore rules the global ones come first,
 * so that the repository's own win.
 */
async function copyRules(
  path: string,
  located: Located,
  config: ReadonlyMap<string, string>,
): Promise<void> {
  const named = config.get('core.excludesfile') ?? '~/.config/git/ignore'
  const excludes = resolve(located.workTree ?? located.gitDir, named.replace(/^~(?=\/)/, homedir()))
  const [global, own, attributes] = await Promise.all([
    readText(excludes),
    readText(join(located.commonDir, 'info/exclude')),
    readText(join(located.commonDir, 'info/attributes')),
  ])
  await writeWhenDifferent(join(path, 'info/exclude'), `${global}\n${own}\n`)
  await writeWhenDifferent(join(path, 'info/attributes'), attributes)
}

function refusePartialClone(config: ReadonlyMap<string, string>): void {
  if (!config.has('extensions.partialclone')) return
  throw new GitError(
    'unsupported_repository',
    'This is a partial clone: some of its files are only on the remote. Clone it in full, then try again.',
  )
}

async function writeWhenDifferent(path: string, text: string): Promise<void> {
  if ((await readText(path)) === text && (await exists(path))) return
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  await writeFile(draft, text)
  await rename(draft, path)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'EACCES') return ''
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
