import { Dropdown } from '@heroui/react/dropdown'
import { Check, ChevronsUpDown } from 'lucide-react'
import { Initial } from './initial.tsx'
import { useMe } from './me.ts'
import { workspaceBase } from './workspace-address.ts'

/** Which workspace this page belongs to, and the others; another one is another page load. */
export default function WorkspaceMenu({ isFolded }: { isFolded: boolean }) {
  const { workspace, workspaces } = useMe()
  const name = workspace?.name ?? 'No workspace'
  return (
    <Dropdown>
      <Dropdown.Trigger
        aria-label={`Workspace: ${name}`}
        className="flex h-9 w-full min-w-0 cursor-pointer items-center gap-2 rounded-md px-1.5 hover:bg-default"
      >
        <Initial name={name} />
        {!isFolded && (
          <>
            <span className="min-w-0 flex-1 truncate text-left font-semibold">{name}</span>
            <ChevronsUpDown size={14} className="text-muted" aria-hidden />
          </>
        )}
      </Dropdown.Trigger>
      <Dropdown.Popover placement="bottom start" className="min-w-56 rounded-md">
        <Dropdown.Menu
          aria-label="Workspaces"
          onAction={(slug) => {
            if (slug !== workspace?.slug) window.location.assign(workspaceBase(String(slug)))
          }}
        >
          {workspaces.map((one) => (
            <Dropdown.Item key={one.id} id={one.slug} textValue={one.name}>
              <span className="flex w-full items-center gap-2">
                <Initial name={one.name} />
                <span className="min-w-0 flex-1 truncate">{one.name}</span>
                {one.id === workspace?.id ? (
                  <Check size={14} aria-label="This one" />
                ) : (
                  <span className="text-xs text-muted">{one.role}</span>
                )}
              </span>
            </Dropdown.Item>
          ))}
        </Dropdown.Menu>
      </Dropdown.Popover>
    </Dropdown>
  )
}
