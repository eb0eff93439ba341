import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnServer } from '@sluice/server/testing/child-server'

export interface RunningServer extends AsyncDisposable {
  url: string
}

/** A server of its own on a free port, with an empty data folder that goes with it. */
export async function startServer(): Promise<RunningServer> {
  const data = await mkdtemp(join(tmpdir(), 'sluice-screens-'))
  const server = spawnServer({
    ...process.env,
    SLUICE_PORT: '0',
    SLUICE_DATA: data,
    SLUICE_RECORDING_PACE: '0',
    SLUICE_LOG_LEVEL: 'warn',
  })
  const stop = async () => {
    server.kill('SIGTERM')
    await server.ended
    await rm(data, { recursive: true, force: true }).catch((cause: unknown) => {
      process.stderr.write(`${data} could not be removed: ${String(cause)}\n`)
    })
  }
  try {
    return { url: await server.ready, [Symbol.asyncDispose]: stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}
