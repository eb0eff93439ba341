import { Command } from 'commander'
import packageFile from '../../package.json' with { type: 'json' }
import type { GlobalOptions } from '../context.ts'
import type { Io } from '../io.ts'
import type { Runner } from '../run-types.ts'
import { addDecisions } from './decisions.ts'
import { addLists } from './lists.ts'
import { addLooks } from './looks.ts'
import { addOwn } from './own.ts'
import { addSignIn } from './sign-in.ts'
import { addTask } from './task.ts'

/**
 * The grammar of the command line. What a command does is loaded when it is called, so that
 * completion and help stay quick.
 */
export function createProgram(runner: Runner, io: Pick<Io, 'out' | 'err'>): Command {
  const program = new Command('sluice')
    .description('Give coding agents tasks, read what they changed, and decide what is committed.')
    .version(packageFile.version, '--version', 'say which version this is')
    .option('--json', 'write one JSON object, or one a line for streams, on standard output')
    .option('--url <url>', 'server to talk to (else SLUICE_URL, else the stored login)')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.out.write(text),
      writeErr: (text) => io.err.write(text),
      outputError: (text, write) => write(text.replace(/^error:/, 'sluice:')),
    })
    .addHelpText(
      'after',
      `
TASK is an id, a beginning of one, a session's id (its newest task) or SESSION#N.
Exit codes: 0 done, 1 failed, 2 wrong call, 3 not signed in or not allowed, 4 not found,
5 gates failed, rejected or waiting for a decision, 6 server not reached, 130 interrupted.`,
    )
  const global = (): GlobalOptions => program.opts<GlobalOptions>()
  // Subcommands inherit how the program ends and writes only when they are made by it.
  addSignIn(program, runner, global)
  addLists(program, runner, global)
  addTask(program, runner, global)
  addDecisions(program, runner, global)
  addLooks(program, runner, global)
  addOwn(program, runner, global)
  return program
}
