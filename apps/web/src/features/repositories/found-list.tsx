import type { FoundRepository } from '@sluice/contract/repository'
import { useState } from 'react'
import { client, api } from '../../app/api.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { plural } from '../../ui/format.ts'
import { notify } from '../../ui/notify.ts'
import { problemOf } from '../../ui/problem.ts'

/** What a search found, to be chosen from. What the workspace knows already is marked and cannot be chosen. */
export function FoundList({
  found,
  onAdded,
}: {
  found: readonly FoundRepository[]
  onAdded: (repositoryIds: string[]) => void
}) {
  const [filter, setFilter] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [done, setDone] = useState<number>()
  const [failed, setFailed] = useState<{ path: string; message: string }[]>([])
  const isNew = (one: FoundRepository) => one.repositoryId === null
  const shown = found.filter((one) => one.path.toLowerCase().includes(filter.toLowerCase()))
  const shownNew = shown.filter(isNew)
  const areAllChosen = shownNew.length > 0 && shownNew.every((one) => chosen.has(one.path))

  function toggle(paths: string[], isOn: boolean) {
    const next = new Set(chosen)
    for (const path of paths) {
      if (isOn) next.add(path)
      else next.delete(path)
    }
    setChosen(next)
  }

  async function add() {
    const added: string[] = []
    const refused: { path: string; message: string }[] = []
    setDone(0)
    for (const path of chosen) {
      try {
        added.push((await client.repositories.add({ path })).id)
      } catch (cause) {
        refused.push({ path, message: problemOf(cause).message })
      }
      setDone(added.length + refused.length)
    }
    setDone(undefined)
    setFailed(refused)
    setChosen(new Set(refused.map((one) => one.path)))
    await queryClient.invalidateQueries({ queryKey: api.repositories.key() })
    if (refused.length > 0) return
    notify(`${plural(added.length, 'repository', 'repositories')} added`)
    onAdded(added)
  }

  return (
    <section aria-label="Found repositories" className="rounded-lg border border-border bg-surface">
      <header className="flex flex-wrap items-center gap-3 border-b border-separator px-4 py-2">
        <label className="flex items-center gap-2 text-list">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={areAllChosen}
            disabled={shownNew.length === 0}
            onChange={(event) =>
              toggle(
                shownNew.map((one) => one.path),
                event.target.checked,
              )
            }
          />
          All
        </label>
        <input
          type="search"
          aria-label="Filter what was found"
          placeholder="Filter by path"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          className="h-8 min-w-40 flex-1 rounded-md border border-field-border bg-field px-2.5 text-list placeholder:text-muted"
        />
        <Button
          variant="primary"
          isDisabled={chosen.size === 0}
          pending={done === undefined ? undefined : `Adding ${done + 1} of ${chosen.size}…`}
          onPress={() => void add()}
        >
          {chosen.size === 0 ? 'Add' : `Add ${plural(chosen.size, 'repository', 'repositories')}`}
        </Button>
      </header>
      {failed.length > 0 && (
        <div className="p-3">
          <Callout
            tone="danger"
            title={`${plural(failed.length, 'repository', 'repositories')} could not be added`}
          >
            <ul>
              {failed.map((one) => (
                <li key={one.path}>
                  <code className="font-mono text-xs">{one.path}</code>: {one.message}
                </li>
              ))}
            </ul>
          </Callout>
        </div>
      )}
      <ul className="max-h-[28rem] divide-y divide-separator overflow-y-auto">
        {shown.map((one) => (
          <li
            key={one.path}
            className="[contain-intrinsic-size:auto_2.5rem] [content-visibility:auto]"
          >
            <label
              className={`flex min-h-10 items-center gap-3 px-4 text-list ${isNew(one) ? 'cursor-pointer hover:bg-surface-secondary' : 'text-muted'}`}
            >
              <input
                type="checkbox"
                className="size-4 accent-accent"
                disabled={!isNew(one)}
                checked={chosen.has(one.path)}
                onChange={(event) => toggle([one.path], event.target.checked)}
              />
              <span className="shrink-0 font-medium">{one.name}</span>
              <span
                className="min-w-0 flex-1 truncate font-mono text-xs text-muted"
                title={one.path}
              >
                {one.path}
              </span>
              {one.kind !== 'normal' && (
                <span className="shrink-0 text-xs text-muted">{one.kind}</span>
              )}
              {!isNew(one) && <span className="shrink-0 text-xs">added already</span>}
            </label>
          </li>
        ))}
      </ul>
    </section>
  )
}
