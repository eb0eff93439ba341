/** Reads git's progress lines on standard error. Pure. */

export type TransferProgress = {
  /** Git's phase in lower case: `counting objects`, `receiving objects`, `resolving deltas`, `updating files` … */
  phase: string
  percent: number | null
  done: number | null
  total: number | null
  bytes: number | null
  bytesPerSecond: number | null
}

const UNITS: Readonly<Record<string, number>> = {
  bytes: 1,
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
}

const LINE =
  /^(?:remote: )?([A-Za-z][A-Za-z ]+): +(?:(\d+)% \((\d+)\/(\d+)\)|(\d+))(?:, ([\d.]+) (\w+)(?: \| ([\d.]+) (\w+)\/s)?)?/

/** One line of progress, or undefined for any other text. */
export function readProgressLine(line: string): TransferProgress | undefined {
  const match = LINE.exec(line.trim())
  if (match === null) return undefined
  const [, phase = '', percent, done, total, count, amount, unit, rate, rateUnit] = match
  return {
    phase: phase.toLowerCase(),
    percent: numberOrNull(percent),
    done: numberOrNull(done ?? count),
    total: numberOrNull(total),
    bytes: sizeOrNull(amount, unit),
    bytesPerSecond: sizeOrNull(rate, rateUnit),
  }
}

/** Takes chunks as they come, in any cut, and hands over each progress line. */
export function progressReader(
  onProgress: (progress: TransferProgress) => void,
): (chunk: Buffer) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split(/[\r\n]/)
    rest = (lines.pop() ?? '').slice(-1_000)
    for (const line of lines) {
      const progress = readProgressLine(line)
      if (progress !== undefined) onProgress(progress)
    }
  }
}

function numberOrNull(text: string | undefined): number | null {
  return text === undefined ? null : Number(text)
}

function sizeOrNull(amount: string | undefined, unit: string | undefined): number | null {
  const factor = UNITS[unit ?? '']
  return amount === undefined || factor === undefined ? null : Math.round(Number(amount) * factor)
}
