// `pnpm dev`: the server, restarted when a source changes, and the page's development server,
// which passes /api on to it. Both end together.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

function start(name: string, args: string[], folder: string): ChildProcess {
  const child = spawn(process.execPath, args, { cwd: join(root, folder), stdio: 'inherit' })
  child.once('error', (error) => {
    console.error(`${name} could not be started: ${error.message}`)
    stop(1)
  })
  child.once('exit', (code) => stop(code ?? 1))
  return child
}

const running: ChildProcess[] = []
function stop(code: number): void {
  process.exitCode ??= code
  for (const child of running) child.kill('SIGTERM')
}

running.push(
  start('server', ['--watch', '--watch-preserve-output', 'apps/server/src/main.ts'], '.'),
  start('page', [join(root, 'node_modules/vite/bin/vite.js')], 'apps/web'),
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(0))
