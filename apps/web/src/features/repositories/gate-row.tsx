import type { Gate } from '@sluice/contract/gate'
import { ArrowDown, ArrowUp, GripVertical, Pencil, Play, Trash2 } from 'lucide-react'
import { useState, type KeyboardEvent } from 'react'
import { api, client } from '../../app/api.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { SwitchInput } from '../../ui/fields.tsx'
import { formatDuration } from '../../ui/format.ts'
import { notifyError } from '../../ui/notify.ts'
import { GateTrial } from './gate-trial.tsx'

/** One gate: its place is changed by dragging the handle, or with Alt and the arrows on it. */
export function GateRow({
  gate,
  index,
  count,
  canEdit,
  isDropTarget,
  onDragStart,
  onDragEnd,
  onDrop,
  onMove,
  onEdit,
  onRemove,
}: {
  gate: Gate
  index: number
  count: number
  canEdit: boolean
  isDropTarget: boolean
  onDragStart: () => void
  onDragEnd: () => void
  onDrop: () => void
  onMove: (by: number) => void
  onEdit: () => void
  onRemove: () => void
}) {
  const [isOver, setIsOver] = useState(false)
  const [trial, setTrial] = useState(0)

  async function setEnabled(isEnabled: boolean) {
    try {
      await client.gates.update({ gateId: gate.id, isEnabled })
    } catch (cause) {
      notifyError(`“${gate.name}” was not changed.`, cause)
    }
    void queryClient.invalidateQueries({ queryKey: api.gates.list.key() })
  }

  function onKeyDown(event: KeyboardEvent) {
    const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0
    if (by === 0 || !event.altKey) return
    event.preventDefault()
    onMove(by)
  }

  return (
    <li className="border-b border-separator last:border-b-0">
      <div
        onDragOver={(event) => {
          if (!isDropTarget) return
          event.preventDefault()
          setIsOver(true)
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setIsOver(false)
          onDrop()
        }}
        className={isOver ? 'bg-accent-soft' : ''}
      >
        <div className="flex min-h-14 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
          {canEdit && (
            <span
              role="button"
              tabIndex={0}
              draggable
              onDragStart={(event) => {
                // Without data Firefox drags nothing.
                event.dataTransfer.setData('text/plain', gate.name)
                event.dataTransfer.effectAllowed = 'move'
                onDragStart()
              }}
              onDragEnd={onDragEnd}
              onKeyDown={onKeyDown}
              aria-label={`Place ${index + 1} of ${count}. Drag, or hold Alt and press an arrow, to move ${gate.name}.`}
              title="Drag to move; Alt ↑ and Alt ↓ by keyboard"
              className="flex size-6 cursor-grab items-center justify-center rounded text-muted hover:bg-default max-sm:hidden"
            >
              <GripVertical size={14} aria-hidden />
            </span>
          )}
          <div className={`min-w-0 flex-1 basis-48 ${gate.isEnabled ? '' : 'text-muted'}`}>
            <div className="flex flex-wrap items-baseline gap-x-2">
              <span className="font-medium">{gate.name}</span>
              {!gate.isBlocking && <span className="text-xs text-muted">does not block</span>}
              {!gate.isEnabled && <span className="text-xs text-muted">off</span>}
            </div>
            <div className="flex min-w-0 flex-wrap gap-x-3 text-xs text-muted">
              <code className="truncate font-mono" title={gate.command}>
                {gate.command}
              </code>
              <span>at most {formatDuration(gate.timeoutSeconds * 1000)}</span>
              {gate.foundFrom !== null && <span>from {gate.foundFrom}</span>}
            </div>
          </div>
          {canEdit && (
            <div className="flex items-center gap-1">
              <SwitchInput
                label={`Run ${gate.name}`}
                isLabelHidden
                isOn={gate.isEnabled}
                onChange={(isOn) => void setEnabled(isOn)}
              />
              <span className="contents sm:hidden">
                <IconButton
                  label="Move up"
                  icon={<ArrowUp aria-hidden />}
                  isDisabled={index === 0}
                  onPress={() => onMove(-1)}
                />
                <IconButton
                  label="Move down"
                  icon={<ArrowDown aria-hidden />}
                  isDisabled={index === count - 1}
                  onPress={() => onMove(1)}
                />
              </span>
              <Button icon={<Play aria-hidden />} onPress={() => setTrial(trial + 1)}>
                Try now
              </Button>
              <IconButton
                label={`Edit ${gate.name}`}
                icon={<Pencil aria-hidden />}
                onPress={onEdit}
              />
              <IconButton
                label={`Remove ${gate.name}`}
                icon={<Trash2 aria-hidden />}
                onPress={onRemove}
              />
            </div>
          )}
        </div>
        {trial > 0 && <GateTrial key={trial} gateId={gate.id} onClose={() => setTrial(0)} />}
      </div>
    </li>
  )
}
