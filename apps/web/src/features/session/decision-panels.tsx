import type { Comment } from '@sluice/contract/review'
import type { Task } from '@sluice/contract/task'
import { useState } from 'react'
import { client } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { SwitchInput, TextAreaInput } from '../../ui/fields.tsx'
import { plural } from '../../ui/format.ts'
import { useDraftText } from './draft-text.ts'
import { panelKeys } from './panel-keys.ts'
import type { useSessionAction } from './session-actions.ts'

interface PanelProps {
  task: Task
  action: ReturnType<typeof useSessionAction>
  onDone: () => void
}

/** Sends the draft comments and a text back to the agent, as one prompt. */
export function RequestChangesPanel({
  task,
  drafts,
  action,
  onDone,
}: PanelProps & { drafts: readonly Comment[] }) {
  const [text, setText, clear] = useDraftText(`changes.${task.id}`)
  const isEmpty = text.trim() === '' && drafts.length === 0
  async function send(): Promise<void> {
    if (isEmpty || action.pending !== undefined) return
    const isDone = await action.run(
      'Sending…',
      'Nothing was sent; text and comments are kept',
      () => client.tasks.requestChanges({ taskId: task.id, text }),
    )
    if (!isDone) return
    clear()
    onDone()
  }
  return (
    <div className="mt-3 grid gap-3 border-t border-separator pt-3">
      <TextAreaInput
        name="changes"
        label="What should change"
        value={text}
        onChange={setText}
        rows={3}
        autoFocus
        onKeyDown={panelKeys(() => void send(), onDone)}
      />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-list text-muted">
          {drafts.length === 0
            ? 'The text goes back to the agent, which goes on from this change.'
            : `${plural(drafts.length, 'comment')} and this text go back to the agent together.`}
        </p>
        <Button
          variant="primary"
          pending={action.pending}
          isDisabled={isEmpty}
          onPress={() => void send()}
        >
          Send back to the agent
        </Button>
      </div>
    </div>
  )
}

/** Rejects, with a reason that the next prompt may carry. */
export function RejectPanel({ task, action, onDone }: PanelProps) {
  const [reason, setReason, clear] = useDraftText(`reject.${task.id}`)
  const [useAsContext, setUseAsContext] = useState(false)
  async function reject(): Promise<void> {
    if (action.pending !== undefined) return
    const isDone = await action.run('Rejecting…', 'The change was not rejected', () =>
      client.tasks.reject({ taskId: task.id, reason, useAsContext }),
    )
    if (!isDone) return
    clear()
    onDone()
  }
  return (
    <div className="mt-3 grid gap-3 border-t border-separator pt-3">
      <TextAreaInput
        name="reason"
        label="Reason (optional)"
        value={reason}
        onChange={setReason}
        rows={2}
        autoFocus
        onKeyDown={panelKeys(() => void reject(), onDone)}
      />
      <SwitchInput
        label="Use as context"
        hint="Puts the reason before the session's next prompt"
        isOn={useAsContext}
        onChange={setUseAsContext}
        isDisabled={reason.trim() === ''}
      />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-list text-muted">
          The repository will be as before the task, your own edits included. The change is kept and
          can be brought back.
        </p>
        <Button variant="danger" pending={action.pending} onPress={() => void reject()}>
          Reject the change
        </Button>
      </div>
    </div>
  )
}
