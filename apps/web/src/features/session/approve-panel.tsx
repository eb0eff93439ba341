import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { useState } from 'react'
import { client } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { TextAreaInput } from '../../ui/fields.tsx'
import { Backquoted } from './backquoted.tsx'
import { approvalText, type Then } from './decision.logic.ts'
import { useDraftText } from './draft-text.ts'
import { panelKeys } from './panel-keys.ts'
import type { useSessionAction } from './session-actions.ts'

const choices: { id: Then; label: string }[] = [
  { id: 'leave', label: 'Commit only' },
  { id: 'merge', label: 'then merge' },
  { id: 'push', label: 'then push' },
]

/** The message, what happens after the commit, the sentence that says it all, and the button. */
export function ApprovePanel({
  task,
  session,
  action,
  onDone,
}: {
  task: Task
  session: Session
  action: ReturnType<typeof useSessionAction>
  onDone: () => void
}) {
  const [message, setMessage, clearMessage, isDraft] = useDraftText(
    `message.${task.id}`,
    task.message ?? '',
  )
  const [then, setThen] = useState<Then>('leave')
  const isEmpty = message.trim() === ''

  async function approve(): Promise<void> {
    if (isEmpty || action.pending !== undefined) return
    // With the tree that was looked at: the server refuses when another one stands by now.
    const isDone = await action.run('Committing…', 'Nothing was committed', () =>
      client.tasks.approve({
        taskId: task.id,
        treeId: task.change?.treeId,
        message: isDraft ? message : undefined,
        then,
      }),
    )
    if (!isDone) return
    clearMessage()
    onDone()
  }

  return (
    <div className="mt-3 grid gap-3 border-t border-separator pt-3">
      <TextAreaInput
        name="message"
        label="Commit message"
        value={message}
        onChange={setMessage}
        rows={3}
        isMonospace
        autoFocus
        onKeyDown={panelKeys(() => void approve(), onDone)}
        isDisabled={!task.actions.editMessage}
        error={isEmpty ? 'A commit needs a message.' : undefined}
      />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <fieldset className="flex flex-wrap items-center gap-x-4 gap-y-1 text-list">
          <legend className="sr-only">After the commit</legend>
          {choices.map((choice) => (
            <label
              key={choice.id}
              className="flex cursor-pointer items-center gap-1.5 pointer-coarse:min-h-10"
            >
              <input
                type="radio"
                name="then"
                className="accent-(--accent)"
                checked={then === choice.id}
                onChange={() => setThen(choice.id)}
              />
              {choice.label}
            </label>
          ))}
        </fieldset>
        <div className="flex flex-wrap gap-2">
          {isDraft && task.actions.editMessage && (
            <Button
              isDisabled={isEmpty || action.pending !== undefined}
              onPress={() =>
                void action
                  .run('Saving…', 'The message was not saved', () =>
                    client.tasks.editMessage({ taskId: task.id, message }),
                  )
                  .then((isSaved) => isSaved && clearMessage())
              }
            >
              Save message
            </Button>
          )}
          <Button
            variant="primary"
            pending={action.pending}
            isDisabled={isEmpty}
            onPress={() => void approve()}
          >
            Approve and commit
          </Button>
        </div>
      </div>
      <p className="text-list text-muted">
        <Backquoted>{approvalText(task, session, then)}</Backquoted>
      </p>
    </div>
  )
}
