import { Dropdown } from '@heroui/react/dropdown'
import { Label } from '@heroui/react/label'
import { useNavigate } from '@tanstack/react-router'
import { Check, CircleUser, Keyboard, LogOut, Monitor, Moon, Sun } from 'lucide-react'
import { useUiStore, type Theme } from '../ui/ui-store.ts'
import { leave } from './account.ts'
import { useMe } from './me.ts'

const themes: { id: Theme; label: string; icon: typeof Sun }[] = [
  { id: 'system', label: 'System theme', icon: Monitor },
  { id: 'light', label: 'Light theme', icon: Sun },
  { id: 'dark', label: 'Dark theme', icon: Moon },
]

/** The person who is signed in: profile, theme, keys, sign out. */
export default function PersonMenu({ isFolded }: { isFolded: boolean }) {
  const { user } = useMe()
  const navigate = useNavigate()
  const theme = useUiStore((state) => state.theme)
  const setTheme = useUiStore((state) => state.setTheme)
  const setKeysOpen = useUiStore((state) => state.setKeysOpen)

  function act(key: string) {
    if (key === 'profile')
      void navigate({ to: '/settings/$section', params: { section: 'profile' } })
    else if (key === 'keys') setKeysOpen(true)
    else if (key === 'sign-out') void leave()
    else setTheme(key as Theme)
  }

  return (
    <Dropdown>
      <Dropdown.Trigger
        aria-label={`You: ${user.name}`}
        className="flex h-8 min-w-0 flex-1 cursor-pointer items-center gap-2 rounded-md px-2 text-list hover:bg-default"
      >
        <CircleUser size={16} className="shrink-0 text-muted" aria-hidden />
        {!isFolded && <span className="truncate">{user.name}</span>}
      </Dropdown.Trigger>
      <Dropdown.Popover placement="top start" className="min-w-56 rounded-md">
        <Dropdown.Menu aria-label="You" onAction={(key) => act(String(key))}>
          <Dropdown.Item id="profile" textValue="Profile">
            <CircleUser size={15} className="text-muted" aria-hidden />
            <span className="flex min-w-0 flex-col">
              <Label>Profile</Label>
              <span className="truncate text-xs text-muted">{user.email}</span>
            </span>
          </Dropdown.Item>
          {themes.map(({ id, label, icon: Icon }) => (
            <Dropdown.Item key={id} id={id} textValue={label}>
              <Icon size={15} className="text-muted" aria-hidden />
              <Label className="flex-1">{label}</Label>
              {theme === id && <Check size={14} aria-label="In use" />}
            </Dropdown.Item>
          ))}
          <Dropdown.Item id="keys" textValue="Keys">
            <Keyboard size={15} className="text-muted" aria-hidden />
            <Label>Keys of this page</Label>
          </Dropdown.Item>
          <Dropdown.Item id="sign-out" textValue="Sign out">
            <LogOut size={15} className="text-muted" aria-hidden />
            <Label>Sign out</Label>
          </Dropdown.Item>
        </Dropdown.Menu>
      </Dropdown.Popover>
    </Dropdown>
  )
}
