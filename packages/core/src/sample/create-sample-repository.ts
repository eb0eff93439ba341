/** Makes the sample repository on disk. */
import { execFile } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { SluiceError } from '@sluice/contract/errors'
import { sampleFiles } from './repository-files.ts'

export interface SampleRepository {
  path: string
  branch: string
  /** The same on every machine: author, dates and content are fixed. */
  commit: string
}

const branch = 'main'
const author = 'Fair Share <fair-share@sluice.invalid> 1767258000 +0000'

/**
 * Makes the sample repository in a new or empty folder, with one commit on `main`. The
 * person's own git settings (hooks, signing, line ends) do not reach it.
 * @throws SluiceError `conflict` when the folder holds something, `unprocessable` when git fails
 */
export async function createSampleRepository(path: string, options: { signal?: AbortSignal } = {}): Promise<SampleRepository> {
  await mkdir(path, { recursive: true })
  const existing = await readdir(path)
  if (existing.length > 0) throw new SluiceError('conflict', `The folder ${path} is not empty, so no sample is made there.`)
  const git = (args: string[], input?: string) => runGit(path, args, input, options.signal)
  await git(['init', '--quiet', '--template=', '--object-format=sha1', `--initial-branch=${branch}`])
  // fast-import takes author, committer and dates as data: no configuration and no hook has a say.
  await git(['fast-import', '--quiet', '--date-format=raw'], importStream())
  await git(['-c', 'core.autocrlf=false', '-c', 'core.hooksPath=/dev/null', 'reset', '--quiet', '--hard', branch])
  const commit = (await git(['rev-parse', branch])).trim()
  return { path, branch, commit }
}

/** The format of git-fast-import(1). */
function importStream(): string {
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`
  const files = Object.entries(sampleFiles).map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`)
  return [
    `commit refs/heads/${branch}\n`,
    `author ${author}\ncommitter ${author}\n`,
    data('Split bills evenly and by weight\n'),
    ...files,
    'done\n',
  ].join('')
}

function runGit(cwd: string, args: string[], input: string | undefined, signal: AbortSignal | undefined): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = execFile('git', args, { cwd, signal, timeout: 30_000 }, (error, stdout, stderr) => {
    if (error === null) return resolve(stdout)
    const reason = stderr.trim() || error.message
    return reject(new SluiceError('unprocessable', `The sample repository cannot be made: ${reason}`, { cause: error }))
  })
  // A git that ended early says why on stderr; the broken pipe adds nothing.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input ?? '')
  return promise
}
