import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import type { DraftForm } from './draft-form.ts'
import { InlineError } from './error-state.tsx'

/** A form that Enter sends. Its marks come from the schema and the server, never from the browser's own check. */
export function Form({
  form,
  className = 'grid gap-4',
  children,
}: {
  form: { submit: () => Promise<void> }
  /** How its fields stand: below each other unless it says otherwise. */
  className?: string
  children: ReactNode
}) {
  return (
    <form
      noValidate
      className={className}
      onSubmit={(event) => {
        event.preventDefault()
        void form.submit()
      }}
    >
      {children}
    </form>
  )
}

/** The end of a form: what is wrong with the whole of it, the button that sends it, and any others beside that. */
export function FormEnd({
  form,
  send,
  sending,
  isDisabled = false,
  isPrimary = true,
  isWide = false,
  className = 'grid gap-3',
  children,
}: {
  form: Pick<DraftForm<object>, 'failure' | 'isPending'>
  /** What the button does: `Save`. */
  send: ReactNode
  /** What it says while that goes on: `Saving…`. */
  sending: string
  isDisabled?: boolean
  isPrimary?: boolean
  /** Takes the whole width, as on the entry pages. */
  isWide?: boolean
  className?: string
  children?: ReactNode
}) {
  return (
    <div className={className}>
      <InlineError error={form.failure} />
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          variant={isPrimary ? 'primary' : 'secondary'}
          isDisabled={isDisabled}
          pending={form.isPending ? sending : undefined}
          className={isWide ? 'w-full' : ''}
        >
          {send}
        </Button>
        {children}
      </div>
    </div>
  )
}
