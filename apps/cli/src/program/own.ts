import type { DemoOptions } from '../demo/demo.ts'
import type { Add } from './add.ts'

export const addOwn: Add = (program, runner, global) => {
  program
    .command('demo')
    .description('run the sample from prompt to commit, on a server of its own, without any key')
    .option('--data <folder>', 'a new or empty folder for the server’s data (else a temporary one)')
    .option('--keep', 'keep the data, and say how to look at it')
    .action((options: DemoOptions) =>
      runner.here(global(), async (context) =>
        (await import('../demo/demo.ts')).runDemo(context, options),
      ),
    )
  program
    .command('completion')
    .description('write a script that completes sluice in your shell')
    .addArgument(program.createArgument('<shell>', 'which').choices(['bash', 'zsh', 'fish']))
    .action((shell: 'bash' | 'zsh' | 'fish') =>
      runner.here(global(), async (context) =>
        (await import('../commands/completion.ts')).writeScript(context, shell),
      ),
    )
  program
    .command('completions', { hidden: true })
    .description('what the words typed so far can go on with; the scripts ask this')
    .argument('[words...]')
    .action((words: string[]) =>
      runner.here({}, async (context) =>
        (await import('../commands/completion.ts')).suggest(context, program, words),
      ),
    )
}
