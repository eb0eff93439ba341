import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@sluice/db/embedded'

/** What a bench module works with. */
export type BenchContext = {
  /** An empty folder of the module's own, removed after it. */
  folder: string
  /**
   * Address of an empty database on the Postgres that Sluice brings, with its settings of
   * everyday use. The server starts at the first call and is shared by the modules of a run.
   */
  postgresUrl: () => Promise<string>
  /** Aborted when the run is interrupted. */
  signal: AbortSignal
  /** A line of progress, to stderr, so that stdout holds the table only. */
  log: (text: string) => void
}

/** Gives every module its context, and takes back at the end what they used. */
export type BenchHost = {
  createContext: (name: string) => Promise<BenchContext>
  [Symbol.asyncDispose]: () => Promise<void>
}

/** Opens the folder and the database server that all modules of one run share. */
export async function openBenchHost(signal: AbortSignal): Promise<BenchHost> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'sluice-bench-')))
  // Postgres refuses to run as root and then works as another user, who must get through here.
  await chmod(root, 0o711)
  let server: Promise<EmbeddedPostgres> | undefined
  const startServer = (): Promise<EmbeddedPostgres> =>
    (server ??= startEmbeddedPostgres({ folder: join(root, 'postgres'), signal }))

  return {
    createContext: async (name) => {
      const folder = join(root, name)
      await mkdir(folder)
      let database: Promise<string> | undefined
      return {
        folder,
        postgresUrl: () =>
          (database ??= startServer().then(({ url }) => createDatabase(url, `bench_${name}`))),
        signal,
        log: (text) => process.stderr.write(`${name}: ${text}\n`),
      }
    },
    [Symbol.asyncDispose]: async () => {
      await (await server)?.stop()
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
