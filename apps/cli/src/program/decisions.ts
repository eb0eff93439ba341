import type { ApproveOptions, WaitOptions } from '../commands/decide.ts'
import type { Add } from './add.ts'

export const addDecisions: Add = (program, runner, global) => {
  const command = (name: string, description: string) =>
    program.command(name).description(description).argument('<task>', 'which')
  const following = (name: string, description: string) =>
    command(name, description)
      .option('--wait', 'follow it to its end (the default)', true)
      .option('--no-wait', 'only ask for it')
  following('approve', 'commit exactly the change that stands for review')
    .option('-m, --message <text>', 'commit message')
    .option('--merge', 'then merge into the base branch')
    .option('--push', 'then push the branch')
    .action((text: string, options: ApproveOptions) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/decide.ts')).approve(context, text, options),
      ),
    )
  following('reject', 'drop the change; the repository is as before')
    .option('--reason <text>', 'why')
    .option('--use-as-context', 'tell the reason to the agent with the session’s next prompt')
    .action((text: string, options: WaitOptions & { reason?: string; useAsContext?: boolean }) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/decide.ts')).reject(context, text, options),
      ),
    )
  following('changes', 'send your draft comments and a text back to the agent')
    .argument('[text]', 'what should be different; - reads it from standard input')
    .action((text: string, given: string | undefined, options: WaitOptions) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/decide.ts')).requestChanges(context, text, given, options),
      ),
    )
  command('cancel', 'stop a task and drop what it changed').action((text: string) =>
    runner.signedIn(global(), async (context) =>
      (await import('../commands/decide.ts')).cancel(context, text),
    ),
  )
  following('retry', 'run the same prompt again as a new task').action(
    (text: string, options: WaitOptions) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/decide.ts')).retry(context, text, options),
      ),
  )
  following('continue', 'go on with a task that was interrupted or failed').action(
    (text: string, options: WaitOptions) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/decide.ts')).continueTask(context, text, options),
      ),
  )
  command('merge', 'merge a commit into its base branch').action((text: string) =>
    runner.signedIn(global(), async (context) =>
      (await import('../commands/decide.ts')).land(context, text, { to: 'merge' }),
    ),
  )
  command('push', 'push a commit’s branch to its remote')
    .option('--remote <remote>', 'which remote')
    .action((text: string, { remote }: { remote?: string }) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/decide.ts')).land(context, text, { to: 'push', remote }),
      ),
    )
}
