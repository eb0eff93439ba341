import { Option } from 'commander'
import type { TaskOptions } from '../commands/task.ts'
import type { Add } from './add.ts'

export const addTask: Add = (program, runner, global) => {
  const task = program
    .command('task')
    .description('give a repository a task, follow it, and show the diff')
    .argument('[prompt]', 'what should be done; - reads it from standard input')
    .option('--repo <repo>', 'a folder, a name or an id', '.')
    .option('--base <branch>', 'branch to start from (else the one that is checked out)')
    .option('--branch <branch>', 'branch to commit to (else made from the title)')
    .option('--title <title>', 'title of the session (else made from the prompt)')
    .addOption(
      new Option('--mode <mode>', 'in a copy, or in the checkout itself')
        .choices(['isolated', 'in-place'])
        .default('isolated'),
    )
    .option('--model <model>', 'language model (else the provider’s first choice)')
    .option('--provider <provider>', 'provider of it, by name or id')
    .addOption(
      new Option('--sandbox <sandbox>', 'where commands run').choices(['bubblewrap', 'worktree']),
    )
    .option('--approve', 'commit without asking where the gates have passed')
    .option('-m, --message <text>', 'commit message')
    .option('--wait', 'follow the task to its end (the default)', true)
    .option('--no-wait', 'only start it, and write its id')
    .action((prompt: string | undefined, options: TaskOptions) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/task.ts')).runTask(context, prompt, options),
      ),
    )
  task
    .command('show')
    .description('show everything about a task')
    .argument('<task>', 'which')
    .action((text: string) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/task.ts')).showTask(context, text),
      ),
    )
}
