import type { Session } from '@sluice/contract/session'
import { useQuery } from '@tanstack/react-query'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextInput } from '../../ui/fields.tsx'
import { taskInView, useSessionAction } from './session-actions.ts'
import { SessionMenu } from './session-menu.tsx'

function TitleDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const [title, setTitle] = useState(session.title)
  const action = useSessionAction(session.id)
  const isEmpty = title.trim() === ''
  async function save(): Promise<void> {
    if (isEmpty) return
    const isDone = await action.run('Saving…', 'The title was not changed', () =>
      client.sessions.update({ sessionId: session.id, title: title.trim() }),
    )
    if (isDone) onClose()
  }
  return (
    <Dialog
      title="Title of the session"
      isOpen
      size="sm"
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            variant="primary"
            pending={action.pending}
            isDisabled={isEmpty}
            onPress={() => void save()}
          >
            Save
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <TextInput
          name="title"
          label="Title"
          value={title}
          onChange={(text) => setTitle(text.slice(0, 200))}
          autoFocus
          error={isEmpty ? 'A session needs a title.' : undefined}
        />
      </form>
    </Dialog>
  )
}

/** At the end of the page's top line, beside the title: edit it, and everything else that can be done. */
export function SessionTools({
  session,
  namedTask,
  onFind,
}: {
  session: Session
  namedTask: string | undefined
  onFind: () => void
}) {
  const { can } = useMe()
  const [isEditing, setIsEditing] = useState(false)
  const tasks = useQuery(
    api.tasks.list.queryOptions({ input: { sessionId: session.id, limit: 200 } }),
  )
  return (
    <>
      {can.createTasks && (
        <IconButton
          label="Edit title"
          icon={<Pencil size={14} aria-hidden />}
          onPress={() => setIsEditing(true)}
        />
      )}
      <SessionMenu
        session={session}
        task={taskInView(tasks.data?.items ?? [], namedTask)}
        onFind={onFind}
      />
      {isEditing && <TitleDialog session={session} onClose={() => setIsEditing(false)} />}
    </>
  )
}
