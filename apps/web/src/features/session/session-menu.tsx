import { Dropdown } from '@heroui/react/dropdown'
import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { useNavigate } from '@tanstack/react-router'
import { Ellipsis } from 'lucide-react'
import { client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { confirm } from '../../ui/confirm.ts'
import { notify } from '../../ui/notify.ts'
import { usePaletteActions } from '../../ui/palette-actions.ts'
import { useSessionAction } from './session-actions.ts'

interface Entry {
  id: string
  label: string
  isDangerous?: boolean
  run: () => void
}

/** What can be done with a session and its task now; each task action is the server's word, none is guessed. */
function useEntries(session: Session, task: Task | undefined, onFind: () => void): Entry[] {
  const { can } = useMe()
  const navigate = useNavigate()
  const action = useSessionAction(session.id)
  const { id: sessionId, status } = session
  const entries: Entry[] = [{ id: 'find', label: 'Find in session', run: onFind }]
  const add = (
    isThere: boolean,
    id: string,
    label: string,
    failure: string,
    call: () => Promise<unknown>,
  ) => {
    if (isThere) entries.push({ id, label, run: () => void action.run(`${label}…`, failure, call) })
  }
  if (task !== undefined) {
    const { actions, id: taskId } = task
    add(actions.cancel, 'cancel', 'Stop the task', 'The task could not be stopped', () =>
      client.tasks.cancel({ taskId }),
    )
    add(actions.continue, 'continue', 'Continue the task', 'The task did not go on', () =>
      client.tasks.continue({ taskId }),
    )
    add(actions.retry, 'retry', 'Run the prompt again', 'The prompt was not run again', () =>
      client.tasks.retry({ taskId }),
    )
    add(actions.rerunGates, 'rerun', 'Run the gates again', 'The gates did not start', () =>
      client.tasks.rerunGates({ taskId }),
    )
    if (actions.revert) {
      entries.push({
        id: 'revert',
        label: 'Revert the commit',
        run: () =>
          void confirm({
            title: 'Revert the commit?',
            goes: `What commit ${task.commit?.slice(0, 12) ?? ''} changed, by a new commit on ${task.branch ?? session.branch}.`,
            stays: 'The commit itself and everything before it.',
            action: 'Revert',
          }).then((yes) =>
            yes
              ? action.run('Reverting…', 'The commit was not reverted', () =>
                  client.tasks.revert({ taskId }),
                )
              : false,
          ),
      })
    }
  }
  if (can.createTasks) {
    add(status === 'active', 'pause', 'Pause the session', 'The session was not paused', () =>
      client.sessions.pause({ sessionId }),
    )
    add(status === 'paused', 'resume', 'Resume the session', 'The session did not go on', () =>
      client.sessions.resume({ sessionId }),
    )
    add(
      status === 'failed' || status === 'abandoned',
      'recover',
      'Recover the session',
      'The session could not be recovered',
      () => client.sessions.resume({ sessionId }),
    )
    if (status === 'active' || status === 'paused') {
      entries.push({
        id: 'complete',
        label: 'Complete the session',
        run: () =>
          void confirm({
            title: 'Complete the session?',
            goes: 'Its working tree, with whatever was not committed.',
            stays: 'Its commits and branch, its timeline, its costs.',
            action: 'Complete session',
          }).then((yes) =>
            yes
              ? action.run('Completing…', 'The session was not completed', () =>
                  client.sessions.complete({ sessionId }),
                )
              : false,
          ),
      })
    }
  }
  if (can.manageSettings) {
    entries.push({
      id: 'remove',
      label: 'Delete the session',
      isDangerous: true,
      run: () =>
        void confirm({
          title: 'Delete the session?',
          goes: 'Its timeline, gate results, comments and costs.',
          stays: 'Its commits and branch in the repository.',
          action: 'Delete session',
        }).then(async (yes) => {
          if (!yes) return
          const isDone = await action.run('Deleting…', 'The session was not deleted', () =>
            client.sessions.remove({ sessionId }),
          )
          if (!isDone) return
          notify('Session deleted')
          await navigate({ to: '/sessions' })
        }),
    })
  }
  return entries
}

/** The menu behind the dots, and the same actions in the command palette. */
export function SessionMenu({
  session,
  task,
  onFind,
}: {
  session: Session
  task: Task | undefined
  onFind: () => void
}) {
  const entries = useEntries(session, task, onFind)
  usePaletteActions(
    'This session',
    entries.map(({ id, label, run }) => ({ id, label, run })),
  )
  return (
    <Dropdown>
      <Dropdown.Trigger
        aria-label="Actions of this session"
        className="flex size-8 shrink-0 cursor-pointer items-center justify-center rounded-md border border-border hover:bg-default pointer-coarse:size-10"
      >
        <Ellipsis size={15} aria-hidden />
      </Dropdown.Trigger>
      <Dropdown.Popover placement="bottom end" className="min-w-52 rounded-md">
        <Dropdown.Menu
          aria-label="Actions of this session"
          onAction={(key) => entries.find((entry) => entry.id === key)?.run()}
        >
          {entries.map((entry) => (
            <Dropdown.Item
              key={entry.id}
              id={entry.id}
              textValue={entry.label}
              className={entry.isDangerous === true ? 'text-danger' : ''}
            >
              {entry.label}
            </Dropdown.Item>
          ))}
        </Dropdown.Menu>
      </Dropdown.Popover>
    </Dropdown>
  )
}
