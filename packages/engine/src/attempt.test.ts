import { expect, test } from 'vitest'
import { runAttempt } from './attempt.ts'

const limits = (more: Partial<Parameters<typeof runAttempt>[1]> = {}) => ({
  signal: new AbortController().signal,
  timeoutMs: undefined,
  graceMs: 1_000,
  onLeftBehind: () => {},
  ...more,
})

test('gives what the work gives and throws what it throws, also before its first await', async () => {
  expect(await runAttempt(async () => 7, limits())).toBe(7)
  const thrown = new Error('x')
  await expect(
    runAttempt(() => {
      throw thrown
    }, limits()),
  ).rejects.toBe(thrown)
})

test('work over its time limit is told to stop, and fails even when it then ends well', async () => {
  const work = (signal: AbortSignal) =>
    new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('too late')))
  await expect(runAttempt(work, limits({ timeoutMs: 5 }))).rejects.toMatchObject({
    name: 'RunTimedOut',
    code: 'timed_out',
  })
})

test('work that does not stop is left behind', async () => {
  const outer = new AbortController()
  const left = Promise.withResolvers<void>()
  const running = runAttempt(
    () => new Promise(() => {}),
    limits({ signal: outer.signal, graceMs: 5, onLeftBehind: () => left.resolve() }),
  )
  outer.abort(new Error('stop'))
  await expect(running).rejects.toThrow('stop')
  await left.promise
})

test('work is not begun under an aborted signal', async () => {
  let began = false
  await expect(
    runAttempt(
      async () => (began = true),
      limits({ signal: AbortSignal.abort(new Error('gone')) }),
    ),
  ).rejects.toThrow('gone')
  expect(began).toBe(false)
})
