import { useState } from 'react'
import { flushSync } from 'react-dom'
import type { z } from 'zod'
import { problemOf } from './problem.ts'

const PREFIX = 'sluice.draft.'

function readDraft<T extends object>(key: string, initial: T): T {
  try {
    const text = localStorage.getItem(PREFIX + key)
    return text === null ? initial : { ...initial, ...(JSON.parse(text) as Partial<T>) }
  } catch {
    // A draft that cannot be read is no draft; the form starts as new.
    return initial
  }
}

function writeDraft(key: string, values: object): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(values))
  } catch {
    // Storage is full or closed: the form still works, only its draft does not outlive the page.
  }
}

/** Puts the focus on the first field that is marked, in the form that was just sent. */
function focusFirstInvalid(sentFrom: Element | null): void {
  const form = sentFrom?.closest('form') ?? document
  form.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid="true"] button')?.focus()
}

/** What binds a field to its form: spread onto `TextInput`, `NumberInput` and their like. */
export interface FormField<V> {
  name: string
  value: V
  onChange: (value: V) => void
  error: string | undefined
}

export interface DraftForm<T extends object> {
  values: T
  field: <K extends keyof T & string>(name: K) => FormField<T[K]>
  set: <K extends keyof T>(name: K, value: T[K]) => void
  /** Several fields that change together. */
  change: (fields: Partial<T>) => void
  /** Of the schema and of the server, by field path. */
  errors: Record<string, string>
  /** Of the whole form: what belongs to no field. */
  failure: unknown
  isPending: boolean
  /** @param shown what the fields show by default where nothing was chosen */
  submit: (shown?: Partial<T>) => Promise<void>
  /** Forgets the draft and starts again from the initial values. */
  reset: () => void
}

/**
 * A form that keeps its draft across reloads, checks by the server's own schema before it asks, and marks
 * the fields that the server refused. A failed submit loses nothing.
 */
export function useDraftForm<T extends object, S extends z.ZodType>(options: {
  /** Names the draft; absent for forms with a secret in them, which must not be written down. */
  draftKey?: string
  initial: T
  schema: S
  /** Turns what stands in the fields into the operation's input; the values themselves where they agree. */
  toInput?: (values: T) => unknown
  onSubmit: (input: z.output<S>) => Promise<void>
}): DraftForm<T> {
  const { draftKey, initial, schema, onSubmit } = options
  const [values, setValues] = useState(() =>
    draftKey === undefined ? initial : readDraft(draftKey, initial),
  )
  const [errors, setErrors] = useState<Record<string, string>>({})
  const [failure, setFailure] = useState<unknown>(null)
  const [isPending, setIsPending] = useState(false)

  function reset(): void {
    if (draftKey !== undefined) localStorage.removeItem(PREFIX + draftKey)
    setValues(initial)
    setErrors({})
    setFailure(null)
  }

  function change(fields: Partial<T>): void {
    const next = { ...values, ...fields }
    setValues(next)
    setErrors((known) =>
      Object.fromEntries(Object.entries(known).filter(([name]) => !(name in fields))),
    )
    if (draftKey !== undefined) writeDraft(draftKey, next)
  }

  /** The marks must stand before the focus can go to the first of them. */
  function mark(next: Record<string, string>): void {
    const sentFrom = document.activeElement
    flushSync(() => setErrors(next))
    if (Object.keys(next).length > 0) focusFirstInvalid(sentFrom)
  }

  async function submit(shown: Partial<T> = {}): Promise<void> {
    if (isPending) return
    const entered = { ...values, ...shown }
    const parsed = schema.safeParse(options.toInput?.(entered) ?? entered)
    if (!parsed.success) {
      mark(
        Object.fromEntries(
          parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message]),
        ),
      )
      return
    }
    setErrors({})
    setFailure(null)
    setIsPending(true)
    try {
      await onSubmit(parsed.data)
      if (draftKey !== undefined) localStorage.removeItem(PREFIX + draftKey)
    } catch (cause) {
      setFailure(cause)
      mark(problemOf(cause).fields)
    } finally {
      setIsPending(false)
    }
  }

  function set<K extends keyof T>(name: K, value: T[K]): void {
    change({ [name]: value } as unknown as Partial<T>)
  }

  return {
    values,
    field: (name) => ({
      name,
      value: values[name],
      onChange: (value) => set(name, value),
      error: errors[name],
    }),
    set,
    change,
    errors,
    failure,
    isPending,
    submit,
    reset,
  }
}
