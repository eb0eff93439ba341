import { isCode } from '../ui/problem.ts'
import { api } from './api.ts'
import { meQuery } from './me.ts'
import { queryClient } from './query-client.ts'
import {
  setCurrentWorkspace,
  signInAddress,
  withoutWorkspace,
  workspaceBase,
  workspaceSlugOf,
} from './workspace-address.ts'

const PUBLIC = /^\/(sign-in|setup|invite)(\/|$)/

/**
 * Decides before the first render where this page belongs: first start, sign-in, or a workspace, whose slug
 * it puts before the address where it is missing.
 * @returns the router's base path, `/w/<slug>` or `/`
 */
export async function boot(): Promise<string> {
  const { pathname, search, hash } = window.location
  if (PUBLIC.test(pathname)) return '/'
  try {
    const me = await queryClient.fetchQuery(meQuery)
    const slug = workspaceSlugOf(pathname) ?? me.current?.workspace.slug
    if (slug === undefined) return '/'
    setCurrentWorkspace(slug)
    const base = workspaceBase(slug)
    window.history.replaceState(null, '', base + withoutWorkspace(pathname) + search + hash)
    return base
  } catch (cause) {
    // The page inside the workspace then says what failed and offers to try again.
    if (!isCode(cause, 'unauthenticated')) return currentBase()
    window.history.replaceState(null, '', await addressWithoutPerson())
    return '/'
  }
}

function currentBase(): string {
  const slug = workspaceSlugOf(window.location.pathname)
  return slug === undefined ? '/' : workspaceBase(slug)
}

async function addressWithoutPerson(): Promise<string> {
  const isSetupNeeded = await queryClient.fetchQuery(api.setup.status.queryOptions()).then(
    (status) => status.isNeeded,
    // Sign-in shows what is wrong with the server when it is asked.
    () => false,
  )
  return isSetupNeeded ? '/setup' : signInAddress()
}
