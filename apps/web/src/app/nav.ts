import {
  ChartColumn,
  FolderGit2,
  Inbox,
  MessagesSquare,
  Settings,
  type LucideIcon,
} from 'lucide-react'

export interface NavEntry {
  to: '/inbox' | '/sessions' | '/repositories' | '/usage' | '/settings'
  label: string
  icon: LucideIcon
  keys: string
}

/** The rail's entries in order. A part of the product that does not exist yet has none. */
export const navEntries: readonly NavEntry[] = [
  { to: '/inbox', label: 'Inbox', icon: Inbox, keys: 'g i' },
  { to: '/sessions', label: 'Sessions', icon: MessagesSquare, keys: 'g s' },
  { to: '/repositories', label: 'Repositories', icon: FolderGit2, keys: 'g r' },
  { to: '/usage', label: 'Usage', icon: ChartColumn, keys: 'g u' },
  { to: '/settings', label: 'Settings', icon: Settings, keys: 'g e' },
]
