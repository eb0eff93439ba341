import { createTanstackQueryUtils } from '@orpc/tanstack-query'
import type { workspaceHeader } from '@sluice/contract/api'
import { createClient, type Client } from '@sluice/sdk/client'
import { currentWorkspace } from './workspace-address.ts'

// The name is held to the contract's by its type; importing the value would draw every schema into the first load.
const header: typeof workspaceHeader = 'sluice-workspace'

/** Calls by name: `client.sessions.get({ sessionId })`. Throws what `ui/problem.ts` reads. */
export const client: Client = createClient({
  url: window.location.origin,
  headers: (): Record<string, string> => {
    const workspace = currentWorkspace()
    return workspace === undefined ? {} : { [header]: workspace }
  },
})

/** The same operations as query and mutation options: `useQuery(api.sessions.get.queryOptions({ input }))`. */
export const api = createTanstackQueryUtils(client)
