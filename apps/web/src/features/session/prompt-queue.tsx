import type { Task } from '@sluice/contract/task'
import { ArrowDown, ArrowUp, Clock, Pencil, X } from 'lucide-react'
import { client } from '../../app/api.ts'
import { IconButton } from '../../ui/button.tsx'
import { notify } from '../../ui/notify.ts'
import type { useSessionAction } from './session-actions.ts'

/** The prompts that wait their turn, next one first; each can be moved, taken back into the box, or removed. */
export function PromptQueue({
  queued,
  action,
  onEdit,
}: {
  queued: readonly Task[]
  action: ReturnType<typeof useSessionAction>
  onEdit: (task: Task) => void
}) {
  if (queued.length === 0) return null
  const isBusy = action.pending !== undefined
  const move = (task: Task, position: number) =>
    void action.run('Moving…', 'The prompt could not be moved', () =>
      client.tasks.updateQueued({ taskId: task.id, position }),
    )
  return (
    <section
      aria-label="Queue"
      className="mb-2 max-h-40 overflow-y-auto max-sm:max-h-22 rounded-md border border-border bg-surface-secondary"
    >
      <ol className="divide-y divide-separator">
        {queued.map((task, at) => (
          <li
            key={task.id}
            className="flex min-h-9 items-center gap-1 py-0.5 pr-1 pl-2.5 text-list"
          >
            <Clock size={13} aria-hidden className="shrink-0 text-muted" />
            <span className="shrink-0 text-xs text-muted">{at === 0 ? 'Next' : at + 1}</span>
            <span className="min-w-0 flex-1 truncate" title={task.prompt}>
              {task.prompt}
            </span>
            <IconButton
              label="Earlier"
              icon={<ArrowUp size={14} aria-hidden />}
              isDisabled={isBusy || at === 0}
              onPress={() => move(task, at - 1)}
            />
            <IconButton
              label="Later"
              icon={<ArrowDown size={14} aria-hidden />}
              isDisabled={isBusy || at === queued.length - 1}
              onPress={() => move(task, at + 1)}
            />
            <IconButton
              label="Edit"
              icon={<Pencil size={14} aria-hidden />}
              isDisabled={isBusy}
              onPress={() => onEdit(task)}
            />
            {task.actions.cancel && (
              <IconButton
                label="Remove from the queue"
                icon={<X size={14} aria-hidden />}
                isDisabled={isBusy}
                onPress={() =>
                  void action
                    .run('Removing…', 'The prompt could not be removed', () =>
                      client.tasks.cancel({ taskId: task.id }),
                    )
                    .then((isDone) => {
                      if (isDone) notify('Removed from the queue')
                    })
                }
              />
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}
