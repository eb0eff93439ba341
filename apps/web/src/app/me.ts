import { useSuspenseQuery } from '@tanstack/react-query'
import type { Abilities, User, Workspace } from '@sluice/contract/people'
import { api } from './api.ts'

export const meQuery = api.me.get.queryOptions({
  staleTime: 5 * 60_000,
  meta: { isSignInCheck: true },
})

const none: Abilities = {
  createTasks: false,
  decideTasks: false,
  manageRepositories: false,
  manageSettings: false,
  managePeople: false,
  ownWorkspace: false,
}

/** Who looks at this page, in which workspace, and what they may do there. Inside the frame only. */
export function useMe(): {
  user: User
  workspace: Workspace | undefined
  workspaces: Workspace[]
  can: Abilities
} {
  const { data } = useSuspenseQuery(meQuery)
  return {
    user: data.user,
    workspace: data.current?.workspace,
    workspaces: data.workspaces,
    can: data.current?.abilities ?? none,
  }
}
