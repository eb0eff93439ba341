import {
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleSlash,
  Diamond,
  LoaderCircle,
  OctagonX,
  TimerOff,
  Undo2,
  type LucideIcon,
} from 'lucide-react'
import type { Shape, Status, Tone } from './status.ts'

const icons: Record<Shape, LucideIcon> = {
  waiting: CircleDashed,
  running: LoaderCircle,
  ask: Diamond,
  done: CircleCheck,
  failed: OctagonX,
  stopped: CircleSlash,
  paused: CirclePause,
  undone: Undo2,
  late: TimerOff,
}

export const toneText: Record<Tone, string> = {
  muted: 'text-muted',
  accent: 'text-accent',
  success: 'text-success',
  warning: 'text-warning',
  danger: 'text-danger',
}

export function StatusIcon({ status, size = 14 }: { status: Status; size?: number }) {
  const Icon = icons[status.shape]
  const spin = status.shape === 'running' ? 'motion-safe:animate-[spin_1.6s_linear_infinite]' : ''
  return <Icon size={size} aria-hidden className={`shrink-0 ${toneText[status.tone]} ${spin}`} />
}

/**
 * A state as word, shape and colour together. `compact` keeps the word for screen readers and on hover:
 * only for rows of several small marks.
 */
export function StatusMark({
  status,
  compact = false,
  name,
}: {
  status: Status
  compact?: boolean
  name?: string
}) {
  const text = name === undefined ? status.label : `${name}: ${status.label}`
  if (compact) {
    return (
      <span role="img" aria-label={text} title={text} className="inline-flex align-middle">
        <StatusIcon status={status} />
      </span>
    )
  }
  return (
    <span
      className={`inline-flex items-center gap-1.5 align-middle whitespace-nowrap text-list font-medium ${toneText[status.tone]}`}
    >
      <StatusIcon status={status} />
      {text}
    </span>
  )
}
