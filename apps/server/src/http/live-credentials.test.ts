import { expect, test } from 'vitest'
import { SluiceError } from '@sluice/contract/errors'
import type { StreamEvent } from '@sluice/contract/events'
import type { WorkspaceId } from '@sluice/contract/ids'
import type { CoreDeps, Scope } from '@sluice/core/platform'
import type { EventTail, Subscription } from '@sluice/events/tail'
import { createCredentialWatch } from './live-credentials.ts'

const scope = { workspaceId: 'wks_1' as WorkspaceId } as Scope
const changed = [{ type: 'people.changed' }] as StreamEvent[]

/** A tail that says what it is told to, to everyone who follows. */
function scripted() {
  const followers = new Set<(events: readonly StreamEvent[]) => void>()
  const tail = {
    async *subscribe({ signal }: Subscription) {
      let unread: (readonly StreamEvent[])[] = []
      let wake: (() => void) | undefined
      const take = (events: readonly StreamEvent[]) => {
        unread.push(events)
        wake?.()
      }
      followers.add(take)
      signal?.addEventListener('abort', () => {
        followers.delete(take)
        wake?.()
      })
      while (signal?.aborted !== true) {
        yield* unread
        unread = []
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  } as unknown as EventTail
  const core = {
    db: { scoped: () => Promise.resolve(0) },
    log: { warn: () => undefined },
  } as unknown as CoreDeps
  return {
    followers,
    tell: (events: readonly StreamEvent[]) => {
      for (const take of followers) take(events)
    },
    credentials: createCredentialWatch({ core, tail, roundPauseMs: 1 }),
  }
}

test('the connections of a workspace hear of its people together, until the last has gone', async () => {
  const { credentials, followers } = scripted()
  const connections = Array.from({ length: 3 }, () => new AbortController())
  let looks = 0
  for (const { signal } of connections)
    credentials.watch(scope, () => Promise.resolve(looks++), signal)
  await expect.poll(() => looks).toBe(3)
  expect(followers.size).toBe(1)
  connections[0]!.abort()
  connections[1]!.abort()
  expect(followers.size).toBe(1)
  connections[2]!.abort()
  expect(followers.size).toBe(0)
})

test('what ended between being let in and being watched is noticed', async () => {
  const { credentials } = scripted()
  const ended = credentials.watch(
    scope,
    () => Promise.reject(new SluiceError('unauthenticated', 'The key was revoked.')),
    new AbortController().signal,
  )
  await expect.poll(() => ended.aborted).toBe(true)
})

test('a change during a round of looks gets a round of its own, many changes get one', async () => {
  const { credentials, tell } = scripted()
  const looking: (() => void)[] = []
  let isRevoked = false
  const look = async () => {
    const wasRevoked = isRevoked
    await new Promise<void>((resolve) => looking.push(resolve))
    if (wasRevoked) throw new SluiceError('unauthenticated', 'The key was revoked.')
  }
  const ended = credentials.watch(scope, look, new AbortController().signal)
  await expect.poll(() => looking.length).toBe(1)
  looking[0]!()
  tell(changed)
  await expect.poll(() => looking.length).toBe(2)
  // This look has asked already and will say that all is well.
  isRevoked = true
  for (let index = 0; index < 10; index++) tell(changed)
  looking[1]!()
  await expect.poll(() => looking.length).toBe(3)
  looking[2]!()
  await expect.poll(() => ended.aborted).toBe(true)
  expect(looking).toHaveLength(3)
})

test('a database that is away ends nobody', async () => {
  const { credentials, tell } = scripted()
  let looks = 0
  const ended = credentials.watch(
    scope,
    () => {
      looks++
      return Promise.reject(new SluiceError('database_unavailable', 'away'))
    },
    new AbortController().signal,
  )
  await expect.poll(() => looks).toBe(1)
  tell(changed)
  await expect.poll(() => looks).toBe(2)
  expect(ended.aborted).toBe(false)
})
