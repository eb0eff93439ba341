import type { BenchContext } from './context.ts'
import type { Figure } from './figure.ts'

/** Measures one part. Throws when what it measures does not work; never because it is slow. */
export type Bench = (context: BenchContext) => Promise<Figure[]>

/** Every module of `pnpm bench`, by the name that `--only` takes, loaded when it is run. */
export const benchModules: Record<string, () => Promise<Bench>> = {
  git: async () => (await import('./git.ts')).benchGit,
  engine: async () => (await import('./engine.ts')).benchEngine,
  server: async () => (await import('./server.ts')).benchServer,
  prompt: async () => (await import('./prompt.ts')).benchPrompt,
}
