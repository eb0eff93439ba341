import { notFound, SluiceError } from '@sluice/contract/errors'
import { createId, type CommentId, type TaskId } from '@sluice/contract/ids'
import type { Comment, CommentInput } from '@sluice/contract/review'
import type { Tx } from '@sluice/db/database'
import { append } from '@sluice/events/log'
import { isGitError } from '@sluice/git/errors'
import { and, asc, eq } from 'drizzle-orm'
import type { CoreDeps, Scope } from '../platform/index.ts'
import { requireTaskRow } from '../sessions/index.ts'
import { openChange, type OpenChange } from './changes.ts'
import { findLines, linesAt } from './place.ts'
import { comments, type CommentRow } from './tables.ts'

const commentedBytes = 5_000_000

async function announce(tx: Tx, scope: Scope, taskId: TaskId): Promise<void> {
  const { sessionId } = await requireTaskRow(tx, scope, taskId)
  append(tx, scope, `session:${sessionId}`, [{ type: 'comments.changed', payload: { taskId } }])
}

async function readText(
  change: OpenChange,
  row: Pick<CommentRow, 'path' | 'side'>,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const treeId = row.side === 'old' ? change.baseTree : change.treeId
    const { bytes } = await change.shadow.readBlob(treeId, row.path, {
      signal,
      maxBytes: commentedBytes,
    })
    return bytes.toString('utf8')
  } catch (error) {
    if (isGitError(error, 'path_not_found') || isGitError(error, 'file_too_large')) return undefined
    throw error
  }
}

/** Comments of a task, oldest first, each with where its lines stand in the tree of now. */
export async function listComments(
  deps: CoreDeps,
  scope: Scope,
  taskId: TaskId,
  signal?: AbortSignal,
): Promise<Comment[]> {
  const rows = await deps.db.scoped(scope, async (tx) => {
    await requireTaskRow(tx, scope, taskId)
    return selectComments(tx, scope, taskId)
  })
  if (rows.length === 0) return []
  const change = await openChange(deps, scope, taskId, signal)
  const texts = new Map<string, Promise<string | undefined>>()
  const textOf = (row: CommentRow) => {
    const key = `${row.side}:${row.path}`
    const text = texts.get(key) ?? readText(change, row, signal)
    texts.set(key, text)
    return text
  }
  return Promise.all(rows.map(async (row) => toComment(row, await textOf(row))))
}

function selectComments(tx: Tx, scope: Scope, taskId: TaskId): Promise<CommentRow[]> {
  return tx
    .select()
    .from(comments)
    .where(and(eq(comments.workspaceId, scope.workspaceId), eq(comments.taskId, taskId)))
    .orderBy(asc(comments.createdAt), asc(comments.id))
}

function toComment(row: CommentRow, text: string | undefined): Comment {
  const currentLine = text === undefined ? null : findLines(text, row.hunk, row.startLine)
  const { id, taskId, path, side, startLine, endLine, body, treeId, hunk, status, author } = row
  return {
    id,
    taskId,
    path,
    side,
    startLine,
    endLine,
    body,
    treeId,
    hunk,
    status,
    author,
    currentLine,
    isStale: currentLine === null,
    createdAt: row.createdAt.toISOString(),
  }
}

/** Adds a draft on lines of the change. @throws SluiceError not_found, wrong_state, invalid_input (no such lines) */
export async function addComment(
  deps: CoreDeps,
  scope: Scope,
  input: CommentInput & { taskId: TaskId },
  signal?: AbortSignal,
): Promise<Comment> {
  const change = await openChange(deps, scope, input.taskId, signal)
  const text = await readText(change, input, signal)
  if (
    text === undefined ||
    input.endLine < input.startLine ||
    input.endLine > text.split('\n').length
  ) {
    throw new SluiceError(
      'invalid_input',
      `${input.path} has no lines ${input.startLine} to ${input.endLine} on that side.`,
      { details: { field: 'startLine' } },
    )
  }
  return deps.db.scoped(scope, async (tx) => {
    const [row] = await tx
      .insert(comments)
      .values({
        ...input,
        id: createId('cmt'),
        workspaceId: scope.workspaceId,
        treeId: input.side === 'old' ? change.baseTree : change.treeId,
        hunk: linesAt(text, input.startLine, input.endLine),
        status: 'draft',
        author: scope.actor,
        createdAt: deps.clock.now(),
      })
      .returning()
    await announce(tx, scope, input.taskId)
    return toComment(row!, text)
  })
}

async function requireOwnComment(tx: Tx, scope: Scope, commentId: CommentId): Promise<CommentRow> {
  const [row] = await tx
    .select()
    .from(comments)
    .where(and(eq(comments.workspaceId, scope.workspaceId), eq(comments.id, commentId)))
  if (row === undefined) throw notFound('comment', commentId)
  if (row.author.id !== scope.actor.id && scope.role !== 'admin' && scope.role !== 'owner') {
    throw new SluiceError(
      'forbidden',
      `Only ${row.author.name} or an admin can change this comment.`,
    )
  }
  return row
}

/** @throws SluiceError not_found, forbidden */
export async function editComment(
  deps: CoreDeps,
  scope: Scope,
  input: {
    commentId: CommentId
    body?: string | undefined
    status?: 'draft' | 'resolved' | undefined
  },
  signal?: AbortSignal,
): Promise<Comment> {
  const row = await deps.db.scoped(scope, async (tx) => {
    const before = await requireOwnComment(tx, scope, input.commentId)
    const [after] = await tx
      .update(comments)
      .set({ body: input.body ?? before.body, status: input.status ?? before.status })
      .where(and(eq(comments.workspaceId, scope.workspaceId), eq(comments.id, input.commentId)))
      .returning()
    await announce(tx, scope, before.taskId)
    return after!
  })
  return toComment(
    row,
    await readText(await openChange(deps, scope, row.taskId, signal), row, signal),
  )
}

/** @throws SluiceError not_found, forbidden */
export function removeComment(deps: CoreDeps, scope: Scope, commentId: CommentId): Promise<void> {
  return deps.db.scoped(scope, async (tx) => {
    const row = await requireOwnComment(tx, scope, commentId)
    await tx
      .delete(comments)
      .where(and(eq(comments.workspaceId, scope.workspaceId), eq(comments.id, commentId)))
    await announce(tx, scope, row.taskId)
  })
}

/** Marks a task's drafts as sent and gives them, in the order of the files, for the agent. */
export async function takeDraftComments(
  tx: Tx,
  scope: Scope,
  taskId: TaskId,
): Promise<CommentRow[]> {
  const rows = await tx
    .update(comments)
    .set({ status: 'sent' })
    .where(
      and(
        eq(comments.workspaceId, scope.workspaceId),
        eq(comments.taskId, taskId),
        eq(comments.status, 'draft'),
      ),
    )
    .returning()
  if (rows.length > 0) await announce(tx, scope, taskId)
  return rows.sort((a, b) => a.path.localeCompare(b.path) || a.startLine - b.startLine)
}
