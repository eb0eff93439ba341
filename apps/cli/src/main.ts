#!/usr/bin/env node
import { readEnvironment } from './env.ts'
import { processIo } from './io.ts'
import { run } from './run.ts'

// Whoever read our output has gone, as `head` does: there is nobody left to write to.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

// Nobody reads how it goes; what was asked for may still have a reader.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const environment = readEnvironment()
process.exitCode = await run(process.argv.slice(2), {
  io: processIo(environment.colour),
  environment,
})
