import { hostname } from 'node:os'
import type { About } from '@sluice/contract/settings'
import { listSandboxes } from '@sluice/core/settings'
import type { ServerDeps } from './http/context.ts'

/** What an operator wants to know of this installation. */
export async function readAbout(server: ServerDeps, signal?: AbortSignal): Promise<About> {
  const { core } = server
  const [database] = await core.db.querySystem<{ version: string }>(
    "select current_setting('server_version') as version",
  )
  const workers = await core.db.querySystem<{ id: string; heartbeat_at: Date; roles: string[] }>(
    "select id, heartbeat_at, roles from workers where status = 'alive' order by started_at",
  )
  return {
    version: server.version,
    node: `${process.version} on ${hostname()}`,
    dataFolder: core.folders.root,
    database: {
      kind: server.database.kind,
      version: database?.version ?? '',
      schemaVersion: String(server.database.schemaVersion),
    },
    startedAt: server.startedAt.toISOString(),
    sandboxes: await listSandboxes(core, signal),
    workers: workers.map(({ id, heartbeat_at, roles }) => ({
      id,
      heartbeatAt: heartbeat_at.toISOString(),
      roles,
    })),
  }
}
