import { apiKeys, audit, invitations, me, members, setup, workspaces } from './api/people.ts'
import { gates, repositories } from './api/repositories.ts'
import { review } from './api/review.ts'
import { events, inbox, runs } from './api/runs.ts'
import { attachments, sessions, tasks } from './api/sessions.ts'
import { providers, settings } from './api/settings.ts'
import { usage } from './api/usage.ts'

/**
 * Every operation of the API, once: the server implements it, the typed client and the
 * OpenAPI document are made from it. The workspace a caller means is the key's own; with
 * a signed-in person it is named by the header `sluice-workspace` (id or slug), or is the
 * first one they joined.
 */
export const contract = {
  setup,
  me,
  workspaces,
  members,
  invitations,
  apiKeys,
  audit,
  repositories,
  gates,
  sessions,
  tasks,
  attachments,
  review,
  providers,
  settings,
  runs,
  events,
  inbox,
  usage,
}
export type Contract = typeof contract

export const workspaceHeader = 'sluice-workspace'
