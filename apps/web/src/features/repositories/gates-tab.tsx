import { useQuery } from '@tanstack/react-query'
import type { Gate } from '@sluice/contract/gate'
import { ListChecks, Plus, Search } from 'lucide-react'
import { useState } from 'react'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { plural } from '../../ui/format.ts'
import { notify, notifyError, notifyUndo } from '../../ui/notify.ts'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { GateForm } from './gate-form.tsx'
import { GateRow } from './gate-row.tsx'
import { moved } from './repositories.logic.ts'

/** The gates of a repository, in the order in which they run. */
export function GatesTab({ repositoryId }: { repositoryId: string }) {
  const { can } = useMe()
  const listKey = api.gates.list.queryKey({ input: { repositoryId } })
  const list = useQuery(api.gates.list.queryOptions({ input: { repositoryId } }))
  const [editing, setEditing] = useState<Gate | 'new'>()
  const [isFinding, setIsFinding] = useState(false)
  const [dragged, setDragged] = useState<number>()
  const gates = list.data?.items ?? []

  async function find() {
    setIsFinding(true)
    try {
      const found = await client.gates.find({ repositoryId })
      queryClient.setQueryData(listKey, { items: found.items })
      notify(
        found.added === 0
          ? 'No further gates found'
          : `${plural(found.added, 'gate')} found and added`,
        found.added === 0
          ? 'Package scripts and tool configurations were looked through.'
          : undefined,
      )
    } catch (cause) {
      notifyError('The search for gates failed.', cause)
    }
    setIsFinding(false)
  }

  async function reorder(next: Gate[]) {
    const before = gates
    // A list that jumps back after every drop would be worse than one that is put right when the server refuses.
    queryClient.setQueryData(listKey, { items: next })
    try {
      const saved = await client.gates.reorder({
        repositoryId,
        gateIds: next.map((gate) => gate.id),
      })
      queryClient.setQueryData(listKey, saved)
    } catch (cause) {
      queryClient.setQueryData(listKey, { items: before })
      notifyError('The order was not changed.', cause)
    }
  }

  async function remove(gate: Gate) {
    const order = gates.map((one) => one.id)
    try {
      await client.gates.remove({ gateId: gate.id })
    } catch (cause) {
      notifyError(`“${gate.name}” was not removed.`, cause)
      return
    }
    await queryClient.invalidateQueries({ queryKey: listKey })
    notifyUndo(`“${gate.name}” removed`, () => void bringBack(gate, order))
  }

  async function bringBack(gate: Gate, order: Gate['id'][]) {
    const { name, command, timeoutSeconds, isBlocking, isEnabled } = gate
    try {
      const made = await client.gates.create({
        repositoryId,
        name,
        command,
        timeoutSeconds,
        isBlocking,
        isEnabled,
      })
      const gateIds = order.map((id) => (id === gate.id ? made.id : id))
      await client.gates.reorder({ repositoryId, gateIds })
    } catch (cause) {
      notifyError(`“${gate.name}” could not be brought back.`, cause)
    }
    await queryClient.invalidateQueries({ queryKey: listKey })
  }

  if (list.isError) {
    return (
      <ErrorState
        title="The gates could not be read"
        error={list.error}
        onRetry={() => void list.refetch()}
      />
    )
  }
  const findButton = can.createTasks && (
    <Button
      icon={<Search aria-hidden />}
      onPress={() => void find()}
      pending={isFinding ? 'Looking…' : undefined}
    >
      Find gates
    </Button>
  )
  const addButton = can.createTasks && (
    <Button icon={<Plus aria-hidden />} onPress={() => setEditing('new')}>
      Add a gate
    </Button>
  )
  return (
    <div className="grid gap-4">
      {!can.createTasks && (
        <Callout>You may read the gates. An editor, an admin or an owner changes them.</Callout>
      )}
      {editing !== undefined && (
        <Card title={editing === 'new' ? 'New gate' : `Edit “${editing.name}”`}>
          <GateForm
            key={editing === 'new' ? 'new' : editing.id}
            repositoryId={repositoryId}
            gate={editing === 'new' ? undefined : editing}
            onDone={() => {
              setEditing(undefined)
              void queryClient.invalidateQueries({ queryKey: listKey })
            }}
            onCancel={() => setEditing(undefined)}
          />
        </Card>
      )}
      {list.isSuccess && gates.length === 0 ? (
        <EmptyState
          icon={ListChecks}
          title="No gates yet"
          action={
            <>
              {findButton}
              {addButton}
            </>
          }
        >
          A gate is a command that must succeed on exactly the files that would be committed: tests,
          types, lint. Sluice finds the usual ones in the repository.
        </EmptyState>
      ) : (
        <Card
          title="Gates"
          hint="They run from top to bottom on a clean checkout, in the sandbox."
          actions={
            <>
              {findButton}
              {addButton}
            </>
          }
          isFlush
        >
          {list.isPending ? (
            <SkeletonRows rows={4} rowHeight="h-14" />
          ) : (
            <ol aria-label="Gates in order">
              {gates.map((gate, index) => (
                <GateRow
                  key={gate.id}
                  gate={gate}
                  index={index}
                  count={gates.length}
                  canEdit={can.createTasks}
                  isDropTarget={dragged !== undefined && dragged !== index}
                  onDragStart={() => setDragged(index)}
                  onDragEnd={() => setDragged(undefined)}
                  onDrop={() => {
                    if (dragged !== undefined) void reorder(moved(gates, dragged, index))
                    setDragged(undefined)
                  }}
                  onMove={(by) => void reorder(moved(gates, index, index + by))}
                  onEdit={() => setEditing(gate)}
                  onRemove={() => void remove(gate)}
                />
              ))}
            </ol>
          )}
        </Card>
      )}
    </div>
  )
}
