import type { Comment } from '@sluice/contract/review'
import { History, MessageSquare } from 'lucide-react'
import { useState } from 'react'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { CommentEditor } from './comment-editor.tsx'
import { currentRange, rangeText } from './comments.logic.ts'

export interface CommentActions {
  edit: (comment: Comment, body: string) => Promise<boolean>
  resolve: (comment: Comment) => Promise<boolean>
  reopen: (comment: Comment) => Promise<boolean>
  remove: (comment: Comment) => Promise<boolean>
}

const statusWords = {
  draft: 'Draft, not sent yet',
  sent: 'Sent to the agent',
  resolved: 'Resolved',
}

function Action({ label, onPress }: { label: string; onPress: () => void }) {
  return (
    <button
      type="button"
      onClick={onPress}
      className="cursor-pointer rounded px-1 text-xs text-link hover:underline"
    >
      {label}
    </button>
  )
}

function CommentView({
  comment,
  actions,
  canWrite,
}: {
  comment: Comment
  actions: CommentActions
  canWrite: boolean
}) {
  const [text, setText] = useState<string | null>(null)
  if (text !== null) {
    return (
      <CommentEditor
        label={`Comment on ${rangeText(comment)}`}
        text={text}
        onText={setText}
        saveLabel="Save"
        onCancel={() => setText(null)}
        onSave={async () => {
          const isSaved = await actions.edit(comment, text)
          if (isSaved) setText(null)
          return isSaved
        }}
      />
    )
  }
  return (
    <article className="p-3">
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted">
        <MessageSquare size={13} aria-hidden />
        <span className="font-medium text-foreground">{comment.author.name}</span>
        <span>on {rangeText(currentRange(comment))}</span>
        <span className={comment.status === 'draft' ? 'text-warning' : ''}>
          {statusWords[comment.status]}
        </span>
        <RelativeTime at={comment.createdAt} />
      </header>
      {comment.isStale && (
        <details className="mt-2 rounded border border-border text-list" open>
          <summary className="flex cursor-pointer items-center gap-1.5 px-2 py-1 text-xs text-warning">
            <History size={12} aria-hidden />
            These lines are gone. They were:
          </summary>
          <pre className="max-h-48 overflow-auto border-t border-border bg-surface-secondary p-2 font-mono text-xs">
            {comment.hunk}
          </pre>
        </details>
      )}
      <p className="mt-1 break-words whitespace-pre-wrap">{comment.body}</p>
      {canWrite && (
        <footer className="mt-1 flex gap-2">
          {comment.status === 'draft' && (
            <Action label="Edit" onPress={() => setText(comment.body)} />
          )}
          {comment.status === 'sent' && (
            <Action label="Resolve" onPress={() => void actions.resolve(comment)} />
          )}
          {comment.status === 'resolved' && (
            <Action label="Open again" onPress={() => void actions.reopen(comment)} />
          )}
          <Action label="Delete" onPress={() => void actions.remove(comment)} />
        </footer>
      )}
    </article>
  )
}

/** The comments that stand at one place of a diff. */
export function CommentThread({
  comments,
  actions,
  canWrite,
}: {
  comments: readonly Comment[]
  actions: CommentActions
  canWrite: boolean
}) {
  return (
    <div className="my-2 mr-3 max-w-2xl divide-y divide-separator rounded-md border border-border bg-surface font-sans whitespace-normal text-foreground">
      {comments.map((comment) => (
        <CommentView key={comment.id} comment={comment} actions={actions} canWrite={canWrite} />
      ))}
    </div>
  )
}
