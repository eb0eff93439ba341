import type { Add } from './add.ts'

export const addSignIn: Add = (program, runner, global) => {
  program
    .command('login')
    .description('store a server and an API key, once the server knows the key')
    .option('--key <->', 'read the key from standard input in place of asking for it')
    .action((options: { key?: string }) =>
      runner.here(global(), async (context) =>
        (await import('../commands/login.ts')).login(context, options),
      ),
    )
  program
    .command('logout')
    .description('forget the stored key')
    .action(() =>
      runner.here(global(), async (context) =>
        (await import('../commands/login.ts')).logout(context),
      ),
    )
  program
    .command('whoami')
    .description('say who the key belongs to and where it works')
    .action(() =>
      runner.signedIn(global(), async (context) =>
        (await import('../commands/login.ts')).whoAmI(context),
      ),
    )
}
