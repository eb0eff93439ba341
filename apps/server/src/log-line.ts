/** One record of the log, as pino writes it. */
interface LogRecord {
  level: string
  time: string
  msg: string
  err: { type?: string; message?: string; stack?: string } | undefined
  rest: Record<string, unknown>
}

type Part = 'time' | 'warning' | 'failure' | 'detail'

/** What depends on who looks. */
export interface Look {
  /** Colours a text by what it is for; gives it back as it is where the terminal shows no colours. */
  paint: (part: Part, text: string) => string
  /** The time of day of an ISO 8601 time where the reader is. */
  timeOfDay: (time: string) => string
}

/** What everybody who looks at a terminal knows without being told. */
const silent = new Set(['level', 'time', 'msg', 'err'])

/**
 * A record of the log for somebody who reads it at a terminal: the time of day, the level where it is not
 * the usual one, the message, then what belongs to it.
 * @param json one line as pino writes it; anything else is given back as it is
 */
export function readableLine(json: string, look: Look): string {
  const { paint } = look
  const record = parse(json)
  if (record === undefined) return json
  const { level, time, msg, err, rest } = record
  // The message of a start says its address already; each detail stands once.
  const details = Object.entries(rest)
    .filter(([, value]) => typeof value !== 'string' || !msg.includes(value))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const line = [
    paint('time', look.timeOfDay(time)),
    ...mark(level, paint),
    msg,
    ...(details.length === 0 ? [] : [paint('detail', details.join(' '))]),
  ].join('  ')
  if (err === undefined) return `${line}\n`
  const why = err.stack ?? err.message ?? JSON.stringify(err)
  return `${line}\n${paint('detail', why.replaceAll(/^/gm, '    '))}\n`
}

function mark(level: string, paint: Look['paint']): string[] {
  if (level === 'warn') return [paint('warning', 'warning')]
  if (level === 'error' || level === 'fatal') return [paint('failure', 'error')]
  return level === 'info' ? [] : [paint('detail', level)]
}

function parse(json: string): LogRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    // Not a record: shown as it came.
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Record<string, unknown>
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '')
  return {
    level: text('level'),
    time: text('time'),
    msg: text('msg'),
    err: fields['err'] as LogRecord['err'],
    rest: Object.fromEntries(Object.entries(fields).filter(([name]) => !silent.has(name))),
  }
}
