import {
  FilePen,
  FileSearch,
  FileText,
  Globe,
  ListTodo,
  Terminal,
  Wrench,
  type LucideIcon,
} from 'lucide-react'
import type { ArtifactId } from '@sluice/contract/ids'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { client } from '../../app/api.ts'
import { InlineError } from '../../ui/error-state.tsx'
import { useSavedBlob } from './save-blob.ts'
import { formatDuration } from '../../ui/format.ts'
import { StatusIcon } from '../../ui/status-mark.tsx'
import type { Status } from '../../ui/status.ts'
import { FoldLine } from './fold-line.tsx'
import { OutputView } from './output-view.tsx'
import { useTimelineContext } from './timeline-context.ts'
import type { ToolItem } from './timeline-types.ts'
import { inputRows } from './tool-input.logic.ts'

const icons: [RegExp, LucideIcon][] = [
  [/bash|shell|run|exec|command/i, Terminal],
  [/edit|write|patch|create|delete|move/i, FilePen],
  [/search|grep|glob|find|list/i, FileSearch],
  [/read|view|open/i, FileText],
  [/fetch|web|http/i, Globe],
  [/plan|todo/i, ListTodo],
]

const looks: Record<ToolItem['status'], Status> = {
  running: { label: 'Running', tone: 'accent', shape: 'running' },
  ok: { label: 'Done', tone: 'success', shape: 'done' },
  error: { label: 'Failed', tone: 'danger', shape: 'failed' },
  cancelled: { label: 'Cancelled', tone: 'muted', shape: 'stopped' },
}

/** More than this is downloaded rather than shown. */
const SHOWN_BYTES = 8_000_000

/** What the call printed; where it was cut, its whole is one key away. */
function Output({ item }: { item: ToolItem }) {
  const [isWhole, setIsWhole] = useState(false)
  const save = useSavedBlob()
  const { artifactId } = item
  const whole = useQuery({
    queryKey: ['artifact', artifactId],
    queryFn: async ({ signal }) => {
      const blob = await client.runs.artifact({ artifactId: artifactId as ArtifactId }, { signal })
      return blob.size > SHOWN_BYTES ? null : await blob.text()
    },
    enabled: isWhole && artifactId !== null,
    staleTime: Infinity,
  })
  return (
    <div className="min-w-0">
      <dt className="flex flex-wrap items-center gap-x-3 text-xs text-muted">
        Output
        {item.exitCode !== null && <span>exit {item.exitCode}</span>}
        {item.durationMs !== null && <span>{formatDuration(item.durationMs)}</span>}
        {artifactId !== null && !isWhole && (
          <LinkButton label="Show all of it" onPress={() => setIsWhole(true)} />
        )}
        {artifactId !== null && (
          <LinkButton
            label={save.isPending ? 'Downloading…' : 'Download'}
            onPress={() =>
              void save.run(`${item.name}.log`, () =>
                client.runs.artifact({ artifactId: artifactId as ArtifactId }),
              )
            }
          />
        )}
        {isWhole && whole.isPending && <span>Reading…</span>}
        {whole.data === null && <span>Too long to show here: download it.</span>}
      </dt>
      <dd>
        <InlineError error={whole.error} />
        <OutputView
          text={whole.data ?? item.output}
          label={`Output of ${item.title}`}
          isFollowing={item.status === 'running'}
          isSearchable={item.output.length > 4000}
        />
      </dd>
    </div>
  )
}

function LinkButton({ label, onPress }: { label: string; onPress: () => void }) {
  return (
    <button type="button" onClick={onPress} className="cursor-pointer text-link hover:underline">
      {label}
    </button>
  )
}

/** A tool call: one line, `Ran pnpm test · exit 1 · 8.2 s`, that unfolds to what went in and came out. */
export function ToolItemView({ item }: { item: ToolItem }) {
  const { unfolded, toggle } = useTimelineContext()
  const Icon = icons.find(([name]) => name.test(item.name))?.[1] ?? Wrench
  const look = looks[item.status]
  const rows = inputRows(item.input)
  return (
    <FoldLine
      isOpen={unfolded.has(item.id)}
      onToggle={() => toggle(item.id)}
      icon={<Icon size={14} aria-hidden />}
      line={
        <>
          <span className={`truncate ${item.status === 'error' ? 'text-danger' : ''}`}>
            {item.summary ?? item.title}
          </span>
          {item.status !== 'ok' && (
            <span className="ml-auto flex shrink-0 items-center gap-1 text-xs text-muted">
              <StatusIcon status={look} size={12} />
              {look.label}
            </span>
          )}
        </>
      }
    >
      <dl className="grid gap-2 text-list">
        {rows.map((row) => (
          <div key={row.name} className="min-w-0">
            <dt className="text-xs text-muted">{row.name}</dt>
            <dd>
              <OutputView text={row.text} label={row.name} maxHeight={200} />
            </dd>
          </div>
        ))}
        {(item.output !== '' || item.artifactId !== null) && <Output item={item} />}
      </dl>
    </FoldLine>
  )
}
