import { SluiceError } from '@sluice/contract/errors'

/**
 * Refuses text that Postgres cannot keep, wherever it stands in an input: JSON may carry a NUL
 * and half of a surrogate pair, `text` and `jsonb` take neither.
 * @throws SluiceError invalid_input, with the field
 */
export function requireStorable(input: unknown, field = ''): void {
  if (typeof input === 'string') {
    if (input.includes('\0')) throw refusal(field, 'holds a NUL character')
    if (!input.isWellFormed()) throw refusal(field, 'holds half of a character (a lone surrogate)')
  } else if (typeof input === 'object' && input !== null) {
    for (const [name, value] of Object.entries(input)) {
      requireStorable(name, field)
      requireStorable(value, field === '' ? name : `${field}.${name}`)
    }
  }
}

function refusal(field: string, problem: string): SluiceError {
  return new SluiceError(
    'invalid_input',
    `${field === '' ? 'The input' : field} ${problem}, which cannot be kept. Remove it.`,
    {
      details: { fields: [{ field, message: problem }] },
    },
  )
}
