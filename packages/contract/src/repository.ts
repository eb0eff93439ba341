import { z } from 'zod'
import { RepositoryId } from './ids.ts'
import { Timestamp } from './paging.ts'

export const SandboxProviderName = z.enum(['bubblewrap', 'worktree'])
export type SandboxProviderName = z.infer<typeof SandboxProviderName>

export const RepositoryCommit = z.object({
  sha: z.string(),
  subject: z.string(),
  author: z.string(),
  at: Timestamp,
})

export const RepositoryStatus = z.object({
  readAt: Timestamp,
  branch: z.string().nullable().describe('null when HEAD is detached'),
  head: RepositoryCommit.nullable().describe('null in a repository with no commit'),
  isClean: z.boolean(),
  changedFiles: z.number().int(),
  upstream: z.string().nullable(),
  ahead: z.number().int().nullable(),
  behind: z.number().int().nullable(),
  operation: z.enum(['none', 'merge', 'rebase', 'cherry-pick', 'revert', 'bisect']),
  isBare: z.boolean(),
  remotes: z.array(z.string()),
})
export type RepositoryStatus = z.infer<typeof RepositoryStatus>

export const Repository = z.object({
  id: RepositoryId,
  name: z.string(),
  path: z.string(),
  url: z.string().nullable(),
  kind: z.enum(['normal', 'worktree', 'submodule', 'bare']),
  state: z.enum(['cloning', 'ready', 'missing', 'failed']),
  problem: z.string().nullable(),
  defaultBranch: z.string().nullable(),
  sandboxProvider: SandboxProviderName.nullable().describe('null follows the workspace'),
  status: RepositoryStatus.nullable(),
  isSample: z.boolean(),
  samplePrompt: z.string().nullable().describe('The prompt that the sample answers'),
  runningSessions: z.number().int(),
  lastTaskAt: Timestamp.nullable(),
  createdAt: Timestamp,
})
export type Repository = z.infer<typeof Repository>

export const FoundRepository = z.object({
  path: z.string(),
  name: z.string(),
  kind: z.enum(['normal', 'worktree', 'submodule', 'bare']),
  repositoryId: RepositoryId.nullable().describe('Set where the workspace knows it already'),
})
export type FoundRepository = z.infer<typeof FoundRepository>

export const ScanState = z.object({
  state: z.enum(['idle', 'scanning', 'done', 'failed', 'cancelled']),
  roots: z.array(z.string()),
  foldersVisited: z.number().int(),
  found: z.array(FoundRepository),
  problem: z.string().nullable(),
  startedAt: Timestamp.nullable(),
  endedAt: Timestamp.nullable(),
})
export type ScanState = z.infer<typeof ScanState>
