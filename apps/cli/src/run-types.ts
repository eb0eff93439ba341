import type { Context, GlobalOptions, ServerContext } from './context.ts'
import type { ExitCode } from './exit-code.ts'

/** How the program carries a command out. */
export interface Runner {
  /** A command that needs no server. */
  here(
    options: GlobalOptions,
    command: (context: Context) => ExitCode | Promise<ExitCode>,
  ): Promise<void>
  /** A command of someone who is signed in. */
  signedIn(
    options: GlobalOptions,
    command: (context: ServerContext) => ExitCode | Promise<ExitCode>,
  ): Promise<void>
}
