import { z } from 'zod'
import { CommentId, TaskId } from './ids.ts'
import { Timestamp } from './paging.ts'
import { Actor } from './people.ts'

export const FileChange = z.object({
  path: z.string(),
  oldPath: z.string().nullable().describe('Set for renames and copies'),
  status: z.enum(['added', 'modified', 'deleted', 'renamed', 'copied', 'type_changed']),
  oldMode: z.string().nullable(),
  newMode: z.string().nullable(),
  additions: z.number().int(),
  deletions: z.number().int(),
  isBinary: z.boolean(),
  oldSizeBytes: z.number().int().nullable(),
  newSizeBytes: z.number().int().nullable(),
})
export type FileChange = z.infer<typeof FileChange>

export const ChangeList = z.object({
  baseTree: z.string(),
  treeId: z.string(),
  files: z.array(FileChange),
  additions: z.number().int(),
  deletions: z.number().int(),
})
export type ChangeList = z.infer<typeof ChangeList>

/** One file's unified patch; `isTooLarge` folds it until it is asked for with `force`. */
export const FilePatch = z.object({
  path: z.string(),
  patch: z.string(),
  isBinary: z.boolean(),
  isTooLarge: z.boolean(),
})
export type FilePatch = z.infer<typeof FilePatch>

export const CommentSide = z.enum(['old', 'new'])

export const Comment = z.object({
  id: CommentId,
  taskId: TaskId,
  path: z.string(),
  side: CommentSide,
  startLine: z.number().int().min(1),
  endLine: z.number().int().min(1),
  body: z.string(),
  treeId: z.string().describe('The tree it was written on'),
  hunk: z.string().describe('The lines it speaks of, as they were'),
  isStale: z.boolean().describe('The lines are no longer where they were'),
  currentLine: z.number().int().nullable(),
  status: z.enum(['draft', 'sent', 'resolved']),
  author: Actor,
  createdAt: Timestamp,
})
export type Comment = z.infer<typeof Comment>

export const CommentInput = z.object({
  path: z.string().min(1).max(4096),
  side: CommentSide.default('new'),
  startLine: z.number().int().min(1),
  endLine: z.number().int().min(1),
  body: z.string().trim().min(1).max(20_000),
})
export type CommentInput = z.infer<typeof CommentInput>
