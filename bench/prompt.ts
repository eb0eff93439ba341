import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startScriptedProvider } from '@sluice/testing/scripted-provider'
import type { BenchContext } from './context.ts'
import { type Figure, percentile } from './figure.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

const files = 50_000
const rounds = 12
const warmUps = 3

type Created = { session: { id: string }; task: { id: string; runId: string } }

/** From the request that brings a prompt to the first request that a model receives, on a repository of 50,000 files. */
export async function benchPrompt(context: BenchContext): Promise<Figure[]> {
  const repositoryPath = join(context.folder, 'repository')
  context.log(`making a repository of ${files} files`)
  makeRepository(repositoryPath)
  let asked: (at: number) => void = () => undefined
  await using provider = await startScriptedProvider(() => {
    asked(performance.now())
    return { text: 'There is nothing to do.' }
  })
  const data = join(context.folder, 'data')
  const server = await startServerProcess(data, {
    ANTHROPIC_API_KEY: 'bench',
    ANTHROPIC_BASE_URL: provider.url,
  })
  try {
    const repository = await call<{ id: string }>(server, 'POST', '/api/repositories', {
      path: repositoryPath,
    })
    const timed = async (
      create: () => Promise<Created>,
    ): Promise<{ totalMs: number; created: Created }> => {
      const { promise, resolve } = Promise.withResolvers<number>()
      asked = resolve
      const startedAt = performance.now()
      const created = await create()
      return { totalMs: (await promise) - startedAt, created }
    }
    const startSession = () =>
      call<Created>(server, 'POST', '/api/sessions', {
        repositoryId: repository.id,
        prompt: 'Look at it',
        modelId: 'claude-sonnet-4-5',
      })
    const first: number[] = []
    const steps = new Map<string, number[]>()
    let last: Created | undefined
    for (let round = -warmUps; round < rounds; round++) {
      const { totalMs, created } = await timed(startSession)
      await untilCompleted(server, created.task.id, context.signal)
      last = created
      if (round < 0) continue
      first.push(totalMs)
      const { items } = await call<{
        items: { name: string; startedAt: string; endedAt: string }[]
      }>(server, 'GET', `/api/runs/${(await readTask(server, created.task.id)).runId}/steps`)
      for (const { name, startedAt, endedAt } of items.slice(0, 5)) {
        steps.set(name, [...(steps.get(name) ?? []), Date.parse(endedAt) - Date.parse(startedAt)])
      }
    }
    const next: number[] = []
    for (let round = 0; round < rounds; round++) {
      const { totalMs, created } = await timed(async () => {
        const task = await call<Created['task']>(
          server,
          'POST',
          `/api/sessions/${last!.session.id}/tasks`,
          { prompt: 'Look again' },
        )
        return { session: last!.session, task }
      })
      await untilCompleted(server, created.task.id, context.signal)
      next.push(totalMs)
    }
    for (const [name, times] of steps)
      context.log(`${name}: ${Math.round(percentile(times, 0.5))} ms`)
    return [...figuresOf('new session', first), ...figuresOf('next prompt of a session', next)]
  } finally {
    await server.stop()
    for (const name of execFileSync(
      'sh',
      ['-c', `awk '{print $5}' /proc/self/mountinfo | grep -F "${data}/" || true`],
      { encoding: 'utf8' },
    ).split('\n')) {
      if (name !== '') execFileSync('umount', ['-l', name])
    }
  }
}

const figuresOf = (what: string, times: number[]): Figure[] =>
  ([0.5, 0.95] as const).map((share) => ({
    name: `prompt: ${what} to the first model request, ${files} files, p${share * 100}`,
    unit: 'ms',
    value: percentile(times, share),
    peer: 'bar of the design',
    peerValue: share === 0.5 ? 300 : 1_000,
  }))

function makeRepository(path: string): void {
  for (let folder = 0; folder < files / 50; folder++) {
    const at = join(path, `package-${folder % 40}`, `module-${folder}`)
    mkdirSync(at, { recursive: true })
    for (let file = 0; file < 50; file++)
      writeFileSync(join(at, `file-${file}.js`), `export const value = ${folder * 50 + file}\n`)
  }
  const git = (...args: string[]) =>
    execFileSync('git', [
      '-C',
      path,
      '-c',
      'user.name=Bench',
      '-c',
      'user.email=bench@example.com',
      '-c',
      'gc.auto=0',
      ...args,
    ])
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'First')
}

async function call<T>(
  server: ServerProcess,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...server.headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok)
    throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

const readTask = (server: ServerProcess, id: string) =>
  call<{ status: string; runId: string; failure: unknown }>(server, 'GET', `/api/tasks/${id}`)

async function untilCompleted(
  server: ServerProcess,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const { status, failure } = await readTask(server, id)
    if (status === 'completed') return
    if (failure !== null) throw new Error(`The task is ${status}: ${JSON.stringify(failure)}`)
    await delay(50, undefined, { signal })
  }
}
