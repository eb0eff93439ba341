import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { notifyError } from './notify.ts'

const SHOWN_MS = 1500

/** Copies `text`; the label says what it is ("Copy branch name"). */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [isCopied, setIsCopied] = useState(false)

  async function copy() {
    try {
      await navigator.clipboard.writeText(text)
    } catch (cause) {
      notifyError('This browser did not allow copying. Select the text and copy it by hand.', cause)
      return
    }
    setIsCopied(true)
    setTimeout(() => setIsCopied(false), SHOWN_MS)
  }

  return (
    <button
      type="button"
      onClick={() => void copy()}
      title={label}
      aria-label={isCopied ? 'Copied' : label}
      className="inline-flex size-6 shrink-0 cursor-pointer items-center justify-center rounded text-muted hover:bg-default hover:text-foreground"
    >
      {isCopied ? (
        <Check size={13} className="text-success" aria-hidden />
      ) : (
        <Copy size={13} aria-hidden />
      )}
    </button>
  )
}

/** An id, branch, path or command in monospace with its copy button. */
export function Code({ children, copyLabel }: { children: string; copyLabel?: string }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1 align-bottom">
      <code className="min-w-0 truncate font-mono text-xs" title={children}>
        {children}
      </code>
      {copyLabel !== undefined && <CopyButton text={children} label={copyLabel} />}
    </span>
  )
}
