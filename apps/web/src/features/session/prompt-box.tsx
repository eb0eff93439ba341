import type { Session } from '@sluice/contract/session'
import type { Task } from '@sluice/contract/task'
import { SendHorizontal, Square, X } from 'lucide-react'
import { useRef, useState, type KeyboardEvent } from 'react'
import { client } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Keys } from '../../ui/keys.tsx'
import { AttachButton, GivenList } from '../attachments/attachment-views.tsx'
import { useAttachments } from '../attachments/use-attachments.ts'
import { useDraftText } from './draft-text.ts'
import { completeMention, mentionAt, type Mention } from './mention.logic.ts'
import { MentionList, useMentionFiles } from './mention-list.tsx'
import { PromptQueue } from './prompt-queue.tsx'
import { useSessionAction } from './session-actions.ts'

/** Tasks of these states hold the next prompt back. */
const busyStates: readonly Task['status'][] = ['pre_flight', 'running', 'waiting_qa', 'qa_running']

function hintFor(running: Task | undefined, deciding: Task | undefined): string {
  if (running !== undefined) return 'Waits its turn behind the running task.'
  if (deciding !== undefined)
    return 'Waits for the decision on this change; Request changes answers it.'
  return 'Starts at once.'
}

/** Where prompts are written: grows, keeps its draft, completes files, shows the queue, stops what runs. */
export function PromptBox({
  session,
  tasks,
  queued,
}: {
  session: Session
  tasks: readonly Task[]
  queued: readonly Task[]
}) {
  const [draft, setDraft, clearDraft] = useDraftText(`prompt.${session.id}`)
  // A queued prompt is edited beside the draft, which stands in the box again afterwards.
  const [edited, setEdited] = useState<{ task: Task; text: string } | null>(null)
  const text = edited?.text ?? draft
  const setText = (next: string) =>
    edited === null ? setDraft(next) : setEdited({ ...edited, text: next })
  const attachments = useAttachments(`prompt.${session.id}`)
  const [mention, setMention] = useState<Mention | null>(null)
  const [active, setActive] = useState(0)
  const field = useRef<HTMLTextAreaElement>(null)
  const action = useSessionAction(session.id)
  const files = useMentionFiles(session.repositoryId, mention?.query ?? null)
  const running = tasks.find((task) => busyStates.includes(task.status))
  const deciding = tasks.find(
    (task) => task.status === 'waiting_approval' || task.status === 'qa_failed',
  )

  async function send(): Promise<void> {
    if (text.trim() === '' || attachments.isSending) return
    const isDone =
      edited === null
        ? await action.run('Sending…', 'The prompt was not sent; it is still in the box', () =>
            client.tasks.create({
              sessionId: session.id,
              prompt: text,
              attachmentIds: attachments.ids,
            }),
          )
        : await action.run('Saving…', 'The prompt was not changed', () =>
            client.tasks.updateQueued({ taskId: edited.task.id, prompt: text }),
          )
    if (!isDone) return
    if (edited === null) {
      clearDraft()
      attachments.clear()
    } else setEdited(null)
    setMention(null)
  }

  function look(): void {
    const element = field.current
    setMention(element === null ? null : mentionAt(element.value, element.selectionStart))
    setActive(0)
  }

  function choose(path: string): void {
    if (mention === null) return
    const next = completeMention(text, mention, path)
    setText(next.text)
    setMention(null)
    requestAnimationFrame(() => field.current?.setSelectionRange(next.cursor, next.cursor))
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
      event.preventDefault()
      void send()
      return
    }
    if (files.length === 0) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      setActive((active + (event.key === 'ArrowDown' ? 1 : files.length - 1)) % files.length)
    } else if (event.key === 'Enter' || event.key === 'Tab') choose(files[active] ?? '')
    else if (event.key === 'Escape') setMention(null)
    else return
    event.preventDefault()
  }

  return (
    <div className="shrink-0 border-t border-separator bg-background px-3 py-2 sm:px-4">
      <div className="mx-auto w-full max-w-3xl">
        <PromptQueue
          queued={queued}
          action={action}
          onEdit={(task) => {
            setEdited({ task, text: task.prompt })
            field.current?.focus()
          }}
        />
        {edited !== null && (
          <p className="mb-1 flex items-center gap-2 text-xs text-muted">
            Editing a queued prompt
            <button
              type="button"
              className="inline-flex cursor-pointer items-center gap-1 text-link hover:underline"
              onClick={() => setEdited(null)}
            >
              <X size={12} aria-hidden /> Leave it as it was
            </button>
          </p>
        )}
        <div className="relative rounded-lg border border-(--field-border) bg-(--field-background) focus-within:outline-2 focus-within:outline-focus">
          <GivenList attachments={attachments} />
          {files.length > 0 && <MentionList files={files} active={active} onChoose={choose} />}
          <textarea
            ref={field}
            rows={2}
            value={text}
            aria-label="Prompt"
            aria-autocomplete="list"
            aria-controls={files.length > 0 ? 'mention-list' : undefined}
            aria-activedescendant={files.length > 0 ? `mention-${active}` : undefined}
            placeholder="What should be done next? @ names a file"
            onChange={(event) => {
              setText(event.target.value)
              look()
            }}
            onSelect={look}
            onBlur={() => setMention(null)}
            onKeyDown={onKeyDown}
            {...attachments.handlers}
            className="field-sizing-content block max-h-[40dvh] min-h-14 w-full resize-none bg-transparent px-3 py-2 outline-none placeholder:text-muted max-sm:text-base"
          />
          <div className="flex items-center gap-2 px-2 pb-2">
            {edited === null && <AttachButton attachments={attachments} />}
            <p className="min-w-0 flex-1 text-xs text-pretty text-muted">
              {hintFor(running, deciding)}
            </p>
            {running?.actions.cancel === true && (
              <Button
                variant="danger-soft"
                icon={<Square size={13} aria-hidden />}
                isDisabled={action.pending !== undefined}
                onPress={() =>
                  void action.run('Stopping…', 'The task could not be stopped', () =>
                    client.tasks.cancel({ taskId: running.id }),
                  )
                }
              >
                Stop
              </Button>
            )}
            <span className="max-md:hidden">
              <Keys keys="mod+Enter" />
            </span>
            <Button
              variant="primary"
              icon={<SendHorizontal size={14} aria-hidden />}
              pending={action.pending}
              isDisabled={text.trim() === '' || attachments.isSending}
              onPress={() => void send()}
            >
              {edited === null
                ? running === undefined && deciding === undefined
                  ? 'Send'
                  : 'Queue'
                : 'Save'}
            </Button>
          </div>
        </div>
      </div>
    </div>
  )
}
