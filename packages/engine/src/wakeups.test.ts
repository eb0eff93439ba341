import { expect, test } from 'vitest'
import { createWakeups, pause } from './wakeups.ts'

test('a wake reaches those who wait on its key and nobody else', async () => {
  const wakeups = createWakeups()
  const reached: string[] = []
  const first = wakeups.next('a', 60_000).then(() => reached.push('a1'))
  const second = wakeups.next('a', 60_000).then(() => reached.push('a2'))
  const stop = new AbortController()
  const other = wakeups.next('b', 60_000, stop.signal)
  wakeups.wake('a')
  await Promise.all([first, second])
  expect(reached).toEqual(['a1', 'a2'])
  stop.abort(new Error('enough'))
  await expect(other).rejects.toThrow('enough')
})

test('a wake between arming and sleeping is not missed', async () => {
  const wakeups = createWakeups()
  const armed = wakeups.arm('a')
  wakeups.wake('a')
  await expect(armed.fired).resolves.toBeUndefined()
  armed.disarm()
})

test('a pause ends by its time, or with the reason of its signal', async () => {
  await pause(1)
  await expect(pause(60_000, AbortSignal.abort(new Error('no')))).rejects.toThrow('no')
})
