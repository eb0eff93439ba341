import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Logger } from 'pino'

const webFolder = fileURLToPath(new URL('../../web', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))
/** In the built page: the digest of what it was built from. */
const stampName = '.sources'
const buildTimeoutMs = 5 * 60_000

/**
 * The folder of the built page, built first where its sources changed since: a fresh clone
 * then needs no command of its own for it.
 * @returns undefined where it cannot be built, which is logged with the reason
 */
export async function findWeb(log: Logger): Promise<string | undefined> {
  const dist = join(webFolder, 'dist')
  const stamp = join(dist, stampName)
  const sources = await digestSources()
  const built = await readFile(stamp, 'utf8').catch(() => undefined)
  // An image brings the built page without its sources.
  if (built !== undefined && (sources === undefined || built === sources)) return dist
  if (sources === undefined) return undefined
  log.info({}, 'building the page, once for this version')
  try {
    await buildInto(dist, sources)
    return dist
  } catch (error) {
    log.error(
      { err: error },
      'the page could not be built; the API and the command line work without it',
    )
    return undefined
  }
}

/** Builds beside, then takes the old page's place: another server of this folder never serves half a page. */
async function buildInto(dist: string, sources: string): Promise<void> {
  await mkdir(join(webFolder, '.vite'), { recursive: true })
  const made = await mkdtemp(join(webFolder, '.vite', 'build-'))
  try {
    const page = join(made, 'page')
    await promisify(execFile)(
      process.execPath,
      [
        join(root, 'node_modules/vite/bin/vite.js'),
        ...['build', '--logLevel', 'warn', '--emptyOutDir', '--outDir', page],
      ],
      { cwd: webFolder, timeout: buildTimeoutMs },
    )
    await writeFile(join(page, stampName), sources)
    await rename(dist, join(made, 'old')).catch(unless('ENOENT'))
    // Another server that starts at this moment may have put the same page there.
    await rename(page, dist).catch(unless('ENOTEMPTY', 'EEXIST'))
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}

const unless =
  (...codes: string[]) =>
  (error: NodeJS.ErrnoException): void => {
    if (!codes.includes(error.code ?? '')) throw error
  }

/** A digest of names, sizes and times of everything the page is built from. */
async function digestSources(): Promise<string | undefined> {
  const folders = [
    join(webFolder, 'src'),
    join(root, 'packages/contract/src'),
    join(root, 'packages/sdk/src'),
  ]
  const files = [
    join(webFolder, 'index.html'),
    join(webFolder, 'vite.config.ts'),
    join(webFolder, 'package.json'),
    join(root, 'pnpm-lock.yaml'),
  ]
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      () => undefined,
    )
    if (entries === undefined) return undefined
    files.push(
      ...entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    )
  }
  const hash = createHash('sha256')
  for (const file of files.sort()) {
    const facts = await stat(file).catch(() => undefined)
    if (facts !== undefined) hash.update(`${file}\0${facts.size}\0${facts.mtimeMs}\0`)
  }
  return hash.digest('hex')
}
