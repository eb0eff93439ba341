import type { WorkspaceId } from '@sluice/contract/ids'
import { systemScope } from '@sluice/core/platform'
import { append, readCursor } from '@sluice/events/log'
import { createKey, createStranger, setUpOwner, type Caller } from './people.ts'
import { startTestServer, type TestServer } from './test-server.ts'

/** A server that listens, with a workspace to look at and a stranger who has another. */
export interface TwoWorkspaces {
  testServer: TestServer
  /** Signed in by cookie. */
  owner: Caller
  key: Caller
  strangerKey: Caller
  workspaceId: WorkspaceId
  /** The workspace's stream. */
  stream: string
  url: string
  /** Appends notices to a stream of the workspace. @returns the seq of the last */
  say: (texts: string[], to?: string) => Promise<number>
  /** Where the workspace's stream ends. */
  lastSeq: () => Promise<number>
}

export async function openTwoWorkspaces(): Promise<TwoWorkspaces> {
  const testServer = await startTestServer()
  const { fetch } = testServer
  const { core } = testServer.server
  const owner = await setUpOwner(fetch)
  const me = await owner.call<{ current: { workspace: { id: WorkspaceId } } }>('GET', '/api/me')
  const workspaceId = me.current.workspace.id
  const scope = systemScope(workspaceId)
  const stream = `workspace:${workspaceId}`
  return {
    testServer,
    owner,
    key: await createKey(fetch, owner),
    strangerKey: await createKey(fetch, await createStranger(fetch, owner)),
    workspaceId,
    stream,
    url: (await testServer.listen()).url,
    async say(texts, to = stream) {
      const notices = texts.map((text) => ({
        type: 'notice' as const,
        payload: { level: 'info' as const, text },
      }))
      await core.db.scoped(scope, async (tx) => append(tx, scope, to, notices))
      return core.db.scoped(scope, (tx) => readCursor(tx, { workspaceId, stream: to }))
    },
    lastSeq: () => core.db.scoped(scope, (tx) => readCursor(tx, { workspaceId, stream })),
  }
}
