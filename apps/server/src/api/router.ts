import {
  apiKeyOperations,
  auditOperations,
  invitationOperations,
  meOperations,
  memberOperations,
  setupOperations,
  workspaceOperations,
} from './people.ts'
import { open } from './operations.ts'
import { gateOperations, repositoryOperations } from './repositories.ts'
import { reviewOperations } from './review.ts'
import { eventOperations, inboxOperations, runOperations } from './runs.ts'
import { attachmentOperations, sessionOperations, taskOperations } from './sessions.ts'
import { providerOperations, settingsOperations } from './settings.ts'
import { usageOperations } from './usage.ts'

/** Every operation of the contract with what does it; a missing one is a type error. */
export const router = open.router({
  setup: setupOperations,
  me: meOperations,
  workspaces: workspaceOperations,
  members: memberOperations,
  invitations: invitationOperations,
  apiKeys: apiKeyOperations,
  audit: auditOperations,
  repositories: repositoryOperations,
  gates: gateOperations,
  sessions: sessionOperations,
  tasks: taskOperations,
  attachments: attachmentOperations,
  review: reviewOperations,
  providers: providerOperations,
  settings: settingsOperations,
  runs: runOperations,
  events: eventOperations,
  inbox: inboxOperations,
  usage: usageOperations,
})
