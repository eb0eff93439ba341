// `pnpm bench [--json FILE] [--only NAME]…`: measures every part, prints a table, and writes the
// figures as JSON. A part that fails is named, and the others are measured all the same.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { openBenchHost } from './context.ts'
import { type Figure, figureTable, withRatio } from './figure.ts'
import { benchModules } from './modules.ts'

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { json: { type: 'string' }, only: { type: 'string', multiple: true } },
})
const names = values.only ?? Object.keys(benchModules)
const unknown = names.filter((name) => !(name in benchModules))
if (unknown.length > 0) {
  console.error(
    `no bench named ${unknown.join(', ')}; there are: ${Object.keys(benchModules).join(', ')}`,
  )
  process.exit(2)
}

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)))
}

const figures: Figure[] = []
const failed: string[] = []
{
  await using host = await openBenchHost(interrupted.signal)
  for (const name of names) {
    if (interrupted.signal.aborted) break
    const context = await host.createContext(name)
    try {
      const bench = await benchModules[name]?.()
      for (const figure of (await bench?.(context)) ?? []) figures.push(withRatio(figure))
    } catch (error) {
      failed.push(name)
      console.error(`${name} failed:`, error)
    }
  }
}

console.log(figureTable(figures))
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify(figures, undefined, 2)}\n`)
}
if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 || interrupted.signal.aborted ? 1 : 0
