import type { User } from '@sluice/contract/people'
import type { CoreDeps, Scope } from '@sluice/core/platform'
import type { EventTail } from '@sluice/events/tail'
import type { Auth, Mailer, Principal } from '@sluice/core/auth'
import type { EngineWithArtifacts } from '@sluice/engine/engine'
import type { Settings } from '../env.ts'
import type { CredentialWatch } from './live-credentials.ts'
import type { Metrics } from './metrics.ts'
import type { RateLimits } from './rate-limits.ts'

/** What the HTTP edge is built from; one for the life of the process. */
export interface ServerDeps {
  core: CoreDeps
  engine: EngineWithArtifacts
  auth: Auth
  tail: EventTail
  credentials: CredentialWatch
  limits: RateLimits
  metrics: Metrics
  settings: Settings
  database: { kind: 'embedded' | 'external'; url: string; schemaVersion: number }
  version: string
  startedAt: Date
  /** Absent where no mail server is set. */
  mailer: Mailer | undefined
  /** Aborted when the server drains: streams end, new requests are refused. */
  draining: AbortSignal
  /** The folder of the built page; undefined where it was not built. */
  webFolder: string | undefined
}

/** One request, as the operations see it before anyone is let in. */
export interface RequestContext {
  server: ServerDeps
  principal: Principal | undefined
  /** The client's address. */
  address: string
  headers: Headers
  signal: AbortSignal
  /** Headers that an operation adds to the answer, such as a cookie. */
  answerHeaders: Headers
}

/** A request whose caller was let in to a workspace. */
export interface ScopedContext extends RequestContext {
  scope: Scope
  user: User
}
