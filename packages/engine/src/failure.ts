import { Error as DbosErrors } from '@dbos-inc/dbos-sdk'
import { SluiceError } from '@sluice/contract/errors'
import { findPgError } from '@sluice/db/errors'
import { DrizzleQueryError } from 'drizzle-orm'
import { RunCancelled, RunTimedOut, StepFailed } from './errors.ts'
import type { StepFailure } from './errors.ts'

const maxMessageLength = 4_000

/** What is recorded of a thrown value. Its code is the error's own `code`, else its name. */
export function describeFailure(error: unknown): StepFailure {
  if (error instanceof StepFailed) {
    return {
      code: error.code,
      message: error.message,
      permanent: error.permanent,
      details: error.details,
    }
  }
  if (error instanceof DrizzleQueryError) return describeStatement(error)
  if (!(error instanceof Error))
    return { code: 'Error', message: cut(String(error)), permanent: false }
  const { code, permanent, details } = error as {
    code?: unknown
    permanent?: unknown
    details?: unknown
  }
  return {
    code: typeof code === 'string' && code !== '' ? code : error.name,
    message: cut(error.message),
    // A declared error is an expected answer: asking again brings the same one. A database that is away is not.
    permanent:
      permanent === true || (error instanceof SluiceError && error.code !== 'database_unavailable'),
    ...(details === undefined ? {} : { details: plain(details) }),
  }
}

// Its own message holds the whole statement with its values, which are people's texts and secrets.
function describeStatement(error: DrizzleQueryError): StepFailure {
  return {
    code: findPgError(error)?.code ?? error.name,
    message: cut(`A statement failed: ${error.cause?.message ?? 'Postgres gave no reason'}`),
    permanent: false,
  }
}

/** How a run ends whose `execute` threw `error`, or whose signal was aborted with it. */
export function endingOf(error: unknown): {
  status: 'failed' | 'cancelled' | 'dead'
  failure: StepFailure
  position: number | null
} {
  if (error instanceof RunCancelled) {
    return {
      status: 'cancelled',
      failure: { code: 'cancelled', message: cut(error.message), permanent: true },
      position: null,
    }
  }
  // The steps that the code asks for are not those that are recorded: it was changed without a patch.
  if (error instanceof DbosErrors.DBOSUnexpectedStepError) {
    const message = `The code of this run has changed since it began: ${error.message}`
    return {
      status: 'dead',
      failure: { code: 'changed_code', message: cut(message), permanent: false },
      position: null,
    }
  }
  const failure = describeFailure(error)
  const position = error instanceof StepFailed ? error.position : null
  if (error instanceof RunTimedOut) return { status: 'failed', failure, position }
  return { status: failure.permanent ? 'failed' : 'dead', failure, position }
}

const cut = (text: string): string => {
  const clean = text.replaceAll('\u0000', '\uFFFD').toWellFormed()
  return clean.length > maxMessageLength ? `${clean.slice(0, maxMessageLength)}…` : clean
}

// What a step records must be JSON; a detail that is not (a cycle, a bigint) is left out rather than fatal.
function plain(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value)) as unknown
  } catch {
    return undefined
  }
}
