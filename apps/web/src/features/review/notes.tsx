import type { FileChange } from '@sluice/contract/review'
import { Button } from '../../ui/button.tsx'
import { plural } from '../../ui/format.ts'

/** Why a file is folded away, and the button that shows it all the same. */
export function LargeNote({ file, onShow }: { file: FileChange; onShow: () => void }) {
  return (
    <div className="flex flex-wrap items-center gap-3 bg-surface p-3 font-sans text-list whitespace-normal text-muted">
      {plural(file.additions + file.deletions, 'changed line')}: folded, so that the rest stays
      quick.
      <Button onPress={onShow}>Show it</Button>
    </div>
  )
}

/** A patch that could not be read: what happened, and another try. */
export function FailedNote({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-3 bg-surface p-3 font-sans text-list whitespace-normal text-danger"
    >
      {message}
      <Button onPress={onRetry}>Try again</Button>
    </div>
  )
}
