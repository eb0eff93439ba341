import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'

/** One stage of the check: a tool, its arguments, and how long it may take. */
export type Stage = {
  name: string
  command: string
  args: readonly string[]
  timeoutMs: number
}

/** What a stage left: whether it passed, how long it took, and all it printed. */
export type StageResult = {
  stage: Stage
  passed: boolean
  durationMs: number
  output: string
}

/**
 * Runs one stage in `root` with the workspace's own tools first on the PATH. A stage that cannot
 * be started or exceeds its time is a failed stage, never an exception.
 */
export async function runStage(root: string, stage: Stage): Promise<StageResult> {
  const startedAt = performance.now()
  const chunks: string[] = []
  const child = spawn(stage.command, stage.args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: stage.timeoutMs,
    killSignal: 'SIGKILL',
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`,
    },
  })
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  const { promise, resolve } = Promise.withResolvers<boolean>()
  child.once('error', (error) => {
    chunks.push(`${stage.command} could not be started: ${error.message}\n`)
    resolve(false)
  })
  child.once('close', (code, signal) => {
    if (signal !== null) chunks.push(`ended by ${signal} (its limit is ${stage.timeoutMs} ms)\n`)
    resolve(code === 0)
  })
  const passed = await promise
  return { stage, passed, durationMs: performance.now() - startedAt, output: chunks.join('') }
}

/**
 * Runs every stage, at most `width` at a time, in the order given. One that fails stops no other.
 * `onResult` is called as each ends.
 */
export async function runStages(
  root: string,
  stages: readonly Stage[],
  width: number,
  onResult: (result: StageResult) => void,
): Promise<StageResult[]> {
  const waiting = [...stages]
  const results: StageResult[] = []
  const lane = async (): Promise<void> => {
    for (let stage = waiting.shift(); stage !== undefined; stage = waiting.shift()) {
      const result = await runStage(root, stage)
      results.push(result)
      onResult(result)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, width) }, lane))
  return results
}
