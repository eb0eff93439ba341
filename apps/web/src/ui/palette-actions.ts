import type { LucideIcon } from 'lucide-react'
import { useEffect, useEffectEvent } from 'react'
import { create } from 'zustand'

export interface PaletteAction {
  id: string
  label: string
  icon?: LucideIcon
  keys?: string
  run: () => void
}

interface Registered extends PaletteAction {
  group: string
  owner: symbol
}

export const usePaletteStore = create<{ actions: Registered[] }>()(() => ({ actions: [] }))

/** Puts what the page in view can do into the command palette while it is mounted. */
export function usePaletteActions(group: string, actions: PaletteAction[]): void {
  const run = useEffectEvent((id: string) => actions.find((action) => action.id === id)?.run())
  const current = useEffectEvent(() => actions)
  const listed = JSON.stringify(actions.map(({ id, label, keys }) => ({ id, label, keys })))
  useEffect(() => {
    const owner = Symbol(group)
    const own = current().map((action) => ({ ...action, group, owner, run: () => run(action.id) }))
    usePaletteStore.setState((state) => ({ actions: [...state.actions, ...own] }))
    return () =>
      usePaletteStore.setState((state) => ({
        actions: state.actions.filter((one) => one.owner !== owner),
      }))
  }, [group, listed])
}
