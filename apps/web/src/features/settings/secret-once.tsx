import { X } from 'lucide-react'
import { IconButton } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'

/** A secret that is shown this one time: a link or a key, with its copy button. */
export function SecretOnce({
  title,
  secret,
  hint,
  onClose,
}: {
  title: string
  secret: string
  hint: string
  onClose: () => void
}) {
  return (
    <div
      role="status"
      className="rounded-md border border-success/50 bg-success-soft px-3 py-2 text-list"
    >
      <div className="flex items-center justify-between gap-2">
        <p className="font-medium">{title}</p>
        <IconButton label="Hide it" icon={<X aria-hidden />} onPress={onClose} />
      </div>
      <div className="flex items-start gap-2">
        <code className="min-w-0 flex-1 font-mono text-xs break-all">{secret}</code>
        <CopyButton text={secret} label="Copy" />
      </div>
      <p className="mt-1 text-muted">{hint}</p>
    </div>
  )
}
