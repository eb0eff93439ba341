import { openDatabase } from '@sluice/db/database'
import { createEngine } from '../engine.ts'
import { registerCrashKinds } from './crash-kinds.ts'
import { quickTuning } from './tuning.ts'

// A worker in a process of its own, for tests that kill or freeze it. It is told everything by its
// arguments and says `ready` and `at <point>` on its output.
const { databaseUrl, name, tuning, isSafe } = JSON.parse(process.argv[2]!) as {
  databaseUrl: string
  name: string
  tuning: object
  isSafe: boolean
}

const db = openDatabase({ url: databaseUrl, systemPoolSize: 6, onError: () => {} })
const engine = createEngine({
  database: db,
  databaseUrl,
  artifactFolder: '/nonexistent',
  executes: true,
  roles: ['worker'],
  version: 'test',
  onWarning: (message, data) =>
    process.stderr.write(`${name}: ${message} ${JSON.stringify(data)}\n`),
  tuning: { ...quickTuning, ...tuning },
})
registerCrashKinds(engine, {
  db,
  worker: name,
  async hit(point) {
    if (isSafe) return
    if (point.startsWith('freeze')) {
      process.stdout.write(`at ${point}\n`)
      process.kill(process.pid, 'SIGSTOP')
      return
    }
    process.kill(process.pid, 'SIGKILL')
    await new Promise(() => {})
  },
})
await engine.launch()
process.stdout.write(`ready ${engine.workerId}\n`)
process.on('SIGTERM', () => {
  const draining = engine.drain(20_000)
  process.stdout.write('at draining\n')
  void draining
    .then(() => engine.close())
    .then(() => db.close())
    .then(() => process.exit(0))
})
