const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' })
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' })
const dayOfYear = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', year: 'numeric' })
const wholeNumber = new Intl.NumberFormat('en')

/** `now`, `4m ago`, `yesterday`; from ten days on the date, with its year when that is another one. */
export function formatRelative(at: string, nowMs: number): string {
  const date = new Date(at)
  const seconds = Math.round((date.getTime() - nowMs) / 1000)
  const distance = Math.abs(seconds)
  // A server's clock that is a little ahead must not make things happen "in 20 seconds".
  if (distance < 10 || (seconds > 0 && seconds < MINUTE)) return 'now'
  if (distance < MINUTE) return relative.format(seconds, 'second')
  if (distance < HOUR) return relative.format(Math.trunc(seconds / MINUTE), 'minute')
  if (distance < DAY) return relative.format(Math.trunc(seconds / HOUR), 'hour')
  if (distance < 10 * DAY) return relative.format(Math.trunc(seconds / DAY), 'day')
  return new Date(nowMs).getFullYear() === date.getFullYear()
    ? day.format(date)
    : dayOfYear.format(date)
}

/** Date and time to the second, in the reader's zone. */
export function formatExact(at: string): string {
  return exact.format(new Date(at))
}

/** The time of day to the millisecond, in the reader's zone: one line of a log. */
export function formatClock(at: string): string {
  const date = new Date(at)
  const ofDay = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${ofDay}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

const two = (part: number): string => String(part).padStart(2, '0')

/** `840 ms`, `8.2 s`, `4 min 05 s`, `10 min`, `2 h 10 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < MINUTE * 1000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.floor(ms / 1000)
  const minutes = Math.floor(seconds / MINUTE)
  if (seconds < HOUR)
    return seconds % MINUTE === 0 ? `${minutes} min` : `${minutes} min ${two(seconds % MINUTE)} s`
  const hours = Math.floor(minutes / 60)
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${two(minutes % 60)} min`
}

/** Micro-dollars as dollars: four digits after the point below a dollar, for a model's turn costs so little. */
export function formatCost(micros: number): string {
  const dollars = micros / 1_000_000
  if (micros === 0) return '$0.00'
  if (micros < 100) return '< $0.0001'
  return `$${dollars.toFixed(dollars < 1 ? 4 : 2)}`
}

/** `12.4 kB`, `3.1 MB`: decimal units, as disks and networks count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

export function formatCount(count: number): string {
  return wholeNumber.format(count)
}

/** `1 file`, `3 files`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}
