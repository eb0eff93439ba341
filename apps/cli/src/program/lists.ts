import { Option } from 'commander'
import type { SessionStatus } from '@sluice/contract/session'
import type { TaskStatus } from '@sluice/contract/task'
import type { ListOptions } from '../commands/lists.ts'
import { statusWords } from '../render/events.ts'
import { wholeNumber, type Add } from './add.ts'

const sessionStatuses = {
  provisioning: 0,
  active: 0,
  paused: 0,
  completed: 0,
  abandoned: 0,
  failed: 0,
} satisfies Record<SessionStatus, 0>

const limit = () =>
  new Option('--limit <n>', 'show at most so many').default(50).argParser(wholeNumber(1))

export const addLists: Add = (program, runner, global) => {
  const repos = program.command('repos').description('list and add repositories')
  repos
    .command('list', { isDefault: true })
    .description('list repositories')
    .option('--search <text>', 'only those with this in their name or path')
    .addOption(limit())
    .action((options: ListOptions & { search?: string }) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/repos.ts')).listRepositories(context, options),
      ),
    )
  repos
    .command('add')
    .description('add the repository that a folder lies in')
    .argument('<folder>', 'a folder in it')
    .action((folder: string) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/repos.ts')).addRepository(context, folder),
      ),
    )
  repos
    .command('clone')
    .description('clone a repository into the server’s data folder')
    .argument('<url>', 'where it is')
    .option('--name <name>', 'what to call it')
    .action((url: string, options: { name?: string }) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/repos.ts')).cloneRepository(context, url, options),
      ),
    )
  repos
    .command('scan')
    .description('look for repositories below folders')
    .argument('<folder...>', 'where to look')
    .option('--add', 'add all that are found')
    .action((roots: string[], options: { add?: boolean }) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/repos.ts')).scanForRepositories(context, roots, options),
      ),
    )
  repos
    .command('gates')
    .description('list the gates of a repository')
    .argument('<repo>', 'a folder, a name or an id')
    .action((repo: string) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/repos.ts')).listGates(context, repo),
      ),
    )
  program
    .command('sessions')
    .description('list sessions')
    .command('list', { isDefault: true })
    .description('list sessions, most recent activity first')
    .addOption(new Option('--status <status>', 'only those').choices(Object.keys(sessionStatuses)))
    .option('--repo <repo>', 'only those on this repository')
    .addOption(limit())
    .action((options: ListOptions & { status?: SessionStatus; repo?: string }) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/lists.ts')).listSessions(context, options),
      ),
    )
  program
    .command('tasks')
    .description('list tasks')
    .command('list', { isDefault: true })
    .description('list tasks, newest first')
    .addOption(new Option('--status <status>', 'only those').choices(Object.keys(statusWords)))
    .option('--session <session>', 'only those of this session')
    .addOption(limit())
    .action((options: ListOptions & { status?: TaskStatus; session?: string }) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/lists.ts')).listTasks(context, options),
      ),
    )
  program
    .command('inbox')
    .description('list what waits for you')
    .addOption(limit())
    .action((options: ListOptions) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/lists.ts')).listInbox(context, options),
      ),
    )
}
