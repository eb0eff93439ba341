/**
 * One measured figure. `value` and `peerValue` are in `unit`. A figure is compared either with a
 * `peer` (another program doing the same, measured in the same run: `peerValue`) or with a
 * `floor` (the same figure of the least that would have to be done, in `unit`).
 */
export type Figure = {
  name: string
  unit: string
  value: number
  peer?: string
  peerValue?: number
  floor?: number
  /** `value` divided by the peer's value or by the floor; filled in where it is left out. */
  ratio?: number
}

/** The figure with its ratio, where it has something to be compared with. */
export function withRatio(figure: Figure): Figure {
  const against = figure.peerValue ?? figure.floor
  if (figure.ratio !== undefined || against === undefined || against === 0) return figure
  return { ...figure, ratio: figure.value / against }
}

/**
 * The value below which `share` (0 to 1) of the samples lie, by the nearest rank.
 * @throws RangeError without samples
 */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new RangeError('a percentile needs at least one sample')
  return value
}

function readable(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en')
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

/** The figures as a table in plain text, one line each. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = [
    ['figure', 'value', 'unit', 'compared with', 'its value', 'ratio'],
    ...figures.map((figure) => [
      figure.name,
      readable(figure.value),
      figure.unit,
      figure.peer ?? (figure.floor === undefined ? '' : 'floor'),
      figure.peerValue === undefined && figure.floor === undefined
        ? ''
        : readable(figure.peerValue ?? figure.floor ?? 0),
      figure.ratio === undefined ? '' : `${figure.ratio.toFixed(2)}×`,
    ]),
  ]
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const numeric = new Set([1, 4, 5])
  const line = (row: string[]): string =>
    row
      .map((cell, column) =>
        numeric.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}
