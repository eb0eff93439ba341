/** A small server for the reaping test: opens a sandbox, starts what is hard to end, says so and waits to be killed. */
import { subjects } from './behaviour.fixture.ts'

const [title, stateFolder, workTree, source, word] = process.argv.slice(2)
const subject = subjects.find((each) => each.title === title)
if (
  subject === undefined ||
  stateFolder === undefined ||
  workTree === undefined ||
  source === undefined ||
  word === undefined
)
  throw new Error('arguments missing')
const limits = { memoryBytes: 512 * 1024 * 1024, processes: 100 }
const readOnlyMounts = [{ source, target: 'node_modules', mode: 'scratch' as const }]
const sandbox = await subject
  .create(stateFolder)
  .open({ id: 'orphan', workTree, limits, readOnlyMounts })
await sandbox.writeFile('a', 'a')
const detach = `sleep ${word} & setsid sleep ${word} & (setsid sh -c 'sleep ${word}; true' &)`
const counted = `until [ "$(grep -lsz '^${word}$' /proc/[0-9]*/cmdline | wc -l)" -ge 3 ]; do :; done; echo up`
await sandbox.exec(
  { shell: `${detach}\n${counted}\nsleep ${word}` },
  { timeoutMs: 600_000, onOutput: ({ text }) => process.stdout.write(text) },
)
