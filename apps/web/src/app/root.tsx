import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useConfirmStore } from '../ui/confirm.ts'
import { useShortcuts } from '../ui/shortcuts.ts'
import { useUiStore } from '../ui/ui-store.ts'

const Palette = lazy(() => import('./palette.tsx'))
const KeysDialog = lazy(() => import('../ui/keys-dialog.tsx'))
const ConfirmDialog = lazy(() => import('../ui/confirm-dialog.tsx'))
const Toaster = lazy(() => import('../ui/toaster.tsx'))

/** What stands over every page; each part is loaded when it is first wanted. */
export function Root() {
  const isPaletteOpen = useUiStore((state) => state.isPaletteOpen)
  const isKeysOpen = useUiStore((state) => state.isKeysOpen)
  const isConfirmOpen = useConfirmStore((state) => state.open !== null)
  const setKeysOpen = useUiStore((state) => state.setKeysOpen)
  useShortcuts('Everywhere', [
    { keys: '?', label: 'Show the keys of this page', run: () => setKeysOpen(true) },
  ])
  return (
    <>
      <Outlet />
      <Suspense fallback={null}>
        {isPaletteOpen && <Palette />}
        {isKeysOpen && <KeysDialog />}
        {isConfirmOpen && <ConfirmDialog />}
      </Suspense>
      <Suspense fallback={null}>
        <Toaster />
      </Suspense>
    </>
  )
}
