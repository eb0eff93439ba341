import { Option } from 'commander'
import { wholeNumber, type Add } from './add.ts'

export const addLooks: Add = (program, runner, global) => {
  program
    .command('diff')
    .description('show a task’s change as a patch')
    .argument('<task>', 'which')
    .option('--stat', 'only files and counts')
    .option('--force', 'very large files too')
    .action((text: string, options: { force?: boolean; stat?: boolean }) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/look.ts')).showDiff(context, text, options),
      ),
    )
  program
    .command('gates')
    .description('show what the gates found')
    .argument('<task>', 'which')
    .option('--all', 'every round, not only the newest')
    .option('--output <gate>', 'the whole output of one gate of the newest round')
    .action((text: string, options: { all?: boolean; output?: string }) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/look.ts')).showGates(context, text, options),
      ),
    )
  program
    .command('tail')
    .description('follow a session, a run (run:ID) or the workspace live, from its beginning')
    .argument('<session>', 'a session, run:ID, workspace:ID or workspace')
    .addOption(
      new Option('--after <seq>', 'only what came after this event')
        .default(0)
        .argParser(wholeNumber(0)),
    )
    .action((text: string, options: { after: number }) =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/look.ts')).followStream(context, text, options),
      ),
    )
}
