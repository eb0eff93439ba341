import type { Filled } from './fill.ts'

export interface Screen {
  name: string
  path: string
}

/** Pages that are there without anybody signed in. */
export const publicScreens: readonly Screen[] = [
  { name: 'sign-in', path: '/sign-in' },
  { name: 'invitation', path: '/invite/not-a-real-token' },
]

const settings = [
  'profile',
  'workspace',
  'members',
  'providers',
  'sandbox',
  'limits',
  'api-keys',
  'audit',
  'about',
]

/** Pages of any workspace, empty or full. */
export const workspaceScreens: readonly Screen[] = [
  { name: 'welcome', path: '/welcome' },
  { name: 'inbox', path: '/inbox' },
  { name: 'sessions', path: '/sessions' },
  { name: 'new-session', path: '/sessions/new' },
  { name: 'repositories', path: '/repositories' },
  { name: 'add-repository', path: '/repositories/add' },
  { name: 'add-repository-url', path: '/repositories/add?by=url' },
  { name: 'usage', path: '/usage' },
  { name: 'usage-tokens', path: '/usage?measure=tokens&range=7d' },
  ...settings.map((section) => ({ name: `settings-${section}`, path: `/settings/${section}` })),
]

/** Pages of the things that a filled workspace holds. */
export function filledScreens(filled: Filled): Screen[] {
  const repository = `/repositories/${filled.repositoryId}`
  const session = `/sessions/${filled.waitingSessionId}`
  return [
    { name: 'repository', path: repository },
    ...['gates', 'sandbox', 'instructions', 'danger'].map((tab) => ({
      name: `repository-${tab}`,
      path: `${repository}?tab=${tab}`,
    })),
    ...['changes', 'gates', 'log', 'details'].map((tab) => ({
      name: `session-${tab}`,
      path: `${session}?tab=${tab}`,
    })),
    { name: 'session-committed', path: `/sessions/${filled.doneSessionId}` },
  ]
}
