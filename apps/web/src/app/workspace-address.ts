const PREFIX = /^\/w\/([^/]+)(?=\/|$)/

/** The slug of the workspace in the address, `/w/<slug>/…`, which every page inside a workspace carries. */
export function workspaceSlugOf(pathname: string): string | undefined {
  const slug = PREFIX.exec(pathname)?.[1]
  return slug === undefined ? undefined : decodeURIComponent(slug)
}

export function workspaceBase(slug: string): string {
  return `/w/${encodeURIComponent(slug)}`
}

export function withoutWorkspace(pathname: string): string {
  const rest = pathname.replace(PREFIX, '')
  return rest === '' ? '/' : rest
}

let current = workspaceSlugOf(window.location.pathname)

/**
 * The workspace of this page. It is fixed for the page's life: another one is another page load, so that
 * nothing read in one workspace can ever be shown in another.
 */
export function currentWorkspace(): string | undefined {
  return current
}

export function setCurrentWorkspace(slug: string): void {
  current = slug
}

/** Sign-in with the way back to this very page. It lies outside of every workspace: go there by a page load. */
export function signInAddress(): string {
  const { pathname, search, hash } = window.location
  const here = pathname + search + hash
  return here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`
}
