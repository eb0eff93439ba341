import { Dialog } from './dialog.tsx'
import { Keys } from './keys.tsx'
import { useShortcutStore } from './shortcuts.ts'
import { useUiStore } from './ui-store.ts'

/** The list that `?` opens: the keys of the page in view first, then the frame's. */
export default function KeysDialog() {
  const isOpen = useUiStore((state) => state.isKeysOpen)
  const setOpen = useUiStore((state) => state.setKeysOpen)
  const shortcuts = useShortcutStore((state) => state.shortcuts)
  const groups = [...new Set(shortcuts.map((shortcut) => shortcut.group))].toReversed()
  return (
    <Dialog title="Keys of this page" isOpen={isOpen} onClose={() => setOpen(false)}>
      <div className="grid gap-5">
        {groups.map((group) => (
          <section key={group}>
            <h3 className="mb-1 text-list font-medium text-muted">{group}</h3>
            <dl className="divide-y divide-separator">
              {[
                ...Map.groupBy(
                  shortcuts.filter((one) => one.group === group),
                  (one) => one.label,
                ),
              ].map(([label, ways]) => (
                <div key={label} className="flex items-center justify-between gap-4 py-1.5">
                  <dt>{label}</dt>
                  <dd className="flex items-center gap-2">
                    {ways.map((way) => (
                      <Keys key={way.keys} keys={way.keys} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
