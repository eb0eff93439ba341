import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { TextAreaInput } from '../../ui/fields.tsx'
import { Keys } from '../../ui/keys.tsx'

/** The field of a comment; its text is kept by the caller until it is saved or given up. */
export function CommentEditor({
  label,
  text,
  onText,
  onSave,
  onCancel,
  saveLabel = 'Comment',
}: {
  label: string
  text: string
  onText: (text: string) => void
  onSave: () => Promise<boolean>
  onCancel: () => void
  saveLabel?: string
}) {
  const [isPending, setIsPending] = useState(false)
  async function save(): Promise<void> {
    if (isPending || text.trim() === '') return
    setIsPending(true)
    const isSaved = await onSave()
    if (!isSaved) setIsPending(false)
  }
  return (
    <div className="my-2 mr-3 max-w-2xl rounded-md border border-border bg-surface p-3 font-sans whitespace-normal text-foreground">
      <TextAreaInput
        name="comment"
        label={label}
        value={text}
        onChange={onText}
        rows={2}
        autoFocus
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
            event.preventDefault()
            void save()
          } else if (event.key === 'Escape') {
            event.stopPropagation()
            onCancel()
          }
        }}
      />
      <div className="mt-2 flex items-center justify-end gap-2">
        <span className="mr-auto text-xs text-muted max-sm:hidden">
          A draft until you request changes · <Keys keys="mod+Enter" />
        </span>
        <Button variant="ghost" onPress={onCancel}>
          Cancel
        </Button>
        <Button
          variant="primary"
          pending={isPending ? 'Saving…' : undefined}
          isDisabled={text.trim() === ''}
          onPress={() => void save()}
        >
          {saveLabel}
        </Button>
      </div>
    </div>
  )
}
