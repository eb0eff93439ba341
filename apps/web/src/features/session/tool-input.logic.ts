export interface InputRow {
  name: string
  text: string
}

const printed = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '')

/** What a tool was called with, one row a field; texts as they are, so that a command reads like one. */
export function inputRows(input: unknown): InputRow[] {
  if (input === null || input === undefined) return []
  if (typeof input !== 'object' || Array.isArray(input))
    return [{ name: 'input', text: printed(input) }]
  return Object.entries(input)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => ({ name, text: printed(value) }))
}
