import type { Database } from '@sluice/db/database'
import type { Engine } from '@sluice/engine/types'
import type { FoundProvider } from '@sluice/llm/provider-config'
import type { SandboxProvider, SandboxProviderName } from '@sluice/sandbox/sandbox'
import type { DataFolders } from './folders.ts'
import type { SecretBox } from './secrets.ts'

export interface Logger {
  info(data: Record<string, unknown>, message: string): void
  warn(data: Record<string, unknown>, message: string): void
  error(data: Record<string, unknown>, message: string): void
}

/** What features are given from outside; built once by the server. */
export interface CoreDeps {
  db: Database
  engine: Engine
  clock: { now(): Date }
  log: Logger
  folders: DataFolders
  secrets: SecretBox
  sandboxes: Record<SandboxProviderName, SandboxProvider>
  /** Model providers that the environment names, each with where it was found. */
  environmentProviders: readonly FoundProvider[]
  /** How fast recordings play: 1 as recorded, 0 at once. */
  recordingPace: number
  /** Folders that people may add or scan repositories below; empty means any. */
  repositoryRoots: readonly string[]
}
