import { styleText } from 'node:util'
import { pino, type DestinationStream, type Logger } from 'pino'
import type { Settings } from './env.ts'
import { readableLine, type Look } from './log-line.ts'

/**
 * The log on standard error: JSON, a record a line, for programs; short lines where somebody
 * looks at a terminal. Secrets that a library might log are cut out of both.
 */
export function createLog(settings: Pick<Settings, 'SLUICE_LOG_LEVEL'>): Logger {
  return pino(
    {
      level: settings.SLUICE_LOG_LEVEL,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ['*.apiKey', '*.password', '*.authorization', '*.cookie', 'err.config.headers'],
        censor: '[removed]',
      },
    },
    process.stderr.isTTY ? terminal() : pino.destination({ dest: 2, sync: false }),
  )
}

const styles = { time: 'dim', warning: 'yellow', failure: 'red', detail: 'dim' } as const
const look: Look = {
  // Leaves colours out where NO_COLOR is set or the terminal has none.
  paint: (part, text) => styleText(styles[part], text, { stream: process.stderr }),
  timeOfDay: (time) => new Date(time).toTimeString().slice(0, 8),
}

function terminal(): DestinationStream {
  return { write: (line) => process.stderr.write(readableLine(line, look)) }
}
