// A process of its own that owns an embedded Postgres, for tests that kill it.
import { startEmbeddedPostgres } from './embedded.ts'

try {
  const server = await startEmbeddedPostgres({
    folder: process.argv[2]!,
    settings: { fsync: 'off' },
  })
  process.stdout.write(`${JSON.stringify({ url: server.url, pid: server.pid })}\n`)
  // Lives until it is killed.
  setInterval(() => undefined, 60_000)
} catch (error) {
  process.stdout.write(
    `${JSON.stringify({ failed: error instanceof Error ? error.message : String(error) })}\n`,
  )
}
