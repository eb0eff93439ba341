import type { Attachment } from '@sluice/contract/attachment'
import { useQuery } from '@tanstack/react-query'
import { FileText, Loader, Paperclip, TriangleAlert, X } from 'lucide-react'
import { useMemo, useRef } from 'react'
import { client } from '../../app/api.ts'
import { IconButton } from '../../ui/button.tsx'
import { formatBytes } from '../../ui/format.ts'
import { notifyError } from '../../ui/notify.ts'
import { saveFile } from '../../ui/save-file.ts'
import { showBlob } from '../../ui/show-blob.ts'
import { acceptedFiles, isImage, type Given } from './attachments.logic.ts'
import type { Attachments } from './use-attachments.ts'

/** Opens the system's file chooser. */
export function AttachButton({ attachments }: { attachments: Attachments }) {
  const chooser = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton
        label="Attach images or texts"
        icon={<Paperclip aria-hidden />}
        onPress={() => chooser.current?.click()}
      />
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        aria-label="Files to attach"
        accept={acceptedFiles}
        onChange={(event) => {
          attachments.add([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
    </>
  )
}

/** What will go with the prompt, each to be taken away again. */
export function GivenList({ attachments }: { attachments: Attachments }) {
  if (attachments.given.length === 0) return null
  return (
    <ul aria-label="Attached" className="flex flex-wrap gap-2 px-2 pt-2">
      {attachments.given.map((one) => (
        <li
          key={one.key}
          className={`flex max-w-full items-center gap-2 rounded-md border px-2 py-1 text-xs ${one.state === 'refused' ? 'border-danger/50 bg-danger-soft' : 'border-border bg-surface-secondary'}`}
        >
          <GivenMark one={one} />
          <span className="min-w-0">
            <span className="block max-w-44 truncate">{one.name}</span>
            {one.state === 'refused' && <span className="block text-danger">{one.problem}</span>}
          </span>
          <button
            type="button"
            aria-label={`Take ${one.name} away`}
            className="cursor-pointer rounded p-0.5 text-muted hover:bg-default hover:text-foreground"
            onClick={() => attachments.remove(one.key)}
          >
            <X size={13} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  )
}

function GivenMark({ one }: { one: Given }) {
  if (one.state === 'sending')
    return <Loader size={14} className="motion-safe:animate-spin" role="img" aria-label="Sending" />
  if (one.state === 'refused')
    return <TriangleAlert size={14} className="text-danger" role="img" aria-label="Refused" />
  return isImage(one.attachment) ? (
    <Picture attachment={one.attachment} className="size-8 rounded object-cover" />
  ) : (
    <FileText size={14} aria-hidden />
  )
}

/** What went with a prompt: images to look at, texts to save. */
export function AttachmentList({ attachments }: { attachments: readonly Attachment[] }) {
  if (attachments.length === 0) return null
  return (
    <ul aria-label="Attachments" className="mt-2 flex flex-wrap gap-2">
      {attachments.map((attachment) => (
        <li key={attachment.id} className="max-w-full">
          <button
            type="button"
            title={`Save ${attachment.name} (${formatBytes(attachment.sizeBytes)})`}
            className="flex max-w-full cursor-pointer items-center gap-2 rounded-md border border-border bg-surface text-xs hover:border-accent"
            onClick={() => void save(attachment)}
          >
            {isImage(attachment) ? (
              <Picture attachment={attachment} className="max-h-40 max-w-full rounded-md" />
            ) : (
              <span className="flex items-center gap-2 px-2 py-1">
                <FileText size={14} aria-hidden />
                <span className="truncate">{attachment.name}</span>
                <span className="shrink-0 text-muted">{formatBytes(attachment.sizeBytes)}</span>
              </span>
            )}
          </button>
        </li>
      ))}
    </ul>
  )
}

async function save({ id, name }: Attachment): Promise<void> {
  try {
    saveFile(name, await client.attachments.get({ attachmentId: id }))
  } catch (cause) {
    notifyError(`${name} was not saved.`, cause)
  }
}

function Picture({ attachment, className }: { attachment: Attachment; className: string }) {
  const blob = useQuery({
    queryKey: ['attachment', attachment.id],
    queryFn: ({ signal }) => client.attachments.get({ attachmentId: attachment.id }, { signal }),
    staleTime: Infinity,
  })
  const show = useMemo(
    () => (blob.data === undefined ? undefined : showBlob(blob.data)),
    [blob.data],
  )
  if (show === undefined)
    return <span className={`block min-h-8 min-w-8 bg-surface-tertiary ${className}`} aria-hidden />
  return <img ref={show} alt={attachment.name} className={className} />
}
