import type { GateResult } from '@sluice/contract/gate'
import { useQuery } from '@tanstack/react-query'
import { ChevronRight, Download } from 'lucide-react'
import { useState } from 'react'
import { client } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { InlineError } from '../../ui/error-state.tsx'
import { formatBytes, formatDuration } from '../../ui/format.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { gateStatuses } from '../../ui/status.ts'
import { OutputView } from './output-view.tsx'
import { useSavedBlob } from './save-blob.ts'
import type { TimelineGate } from './timeline-types.ts'

/** More than this is downloaded rather than shown. */
const SHOWN_BYTES = 8_000_000

function Output({ result, live }: { result: GateResult; live: TimelineGate | undefined }) {
  const [isWhole, setIsWhole] = useState(false)
  const save = useSavedBlob()
  const isRunning = result.status === 'running'
  const canShowWhole = !isRunning && result.outputBytes > result.outputTail.length
  const whole = useQuery({
    queryKey: ['gate-output', result.id],
    queryFn: async ({ signal }) => {
      const blob = await client.gates.output({ gateResultId: result.id }, { signal })
      return await blob.text()
    },
    enabled: isWhole,
    staleTime: Infinity,
  })
  const text = isRunning && live !== undefined ? live.output : (whole.data ?? result.outputTail)
  return (
    <div className="grid min-w-0 gap-2">
      {result.problem !== null && <p className="text-list text-danger">{result.problem}</p>}
      {text === '' ? (
        <p className="text-list text-muted">
          {isRunning ? 'No output yet.' : 'It printed nothing.'}
        </p>
      ) : (
        <OutputView
          text={text}
          label={`Output of ${result.name}`}
          isSearchable
          isFollowing={isRunning}
          maxHeight={420}
        />
      )}
      <InlineError error={whole.error} />
      {!isRunning && result.outputBytes > 0 && (
        <div className="flex flex-wrap items-center gap-2 text-xs text-muted">
          {canShowWhole && !isWhole && (
            <span>These are the last lines of {formatBytes(result.outputBytes)}.</span>
          )}
          {canShowWhole && whole.data === undefined && result.outputBytes <= SHOWN_BYTES && (
            <Button
              variant="ghost"
              pending={isWhole && whole.isPending ? 'Reading…' : undefined}
              onPress={() => setIsWhole(true)}
            >
              Show all of it
            </Button>
          )}
          <Button
            variant="ghost"
            icon={<Download size={14} aria-hidden />}
            pending={save.isPending ? 'Downloading…' : undefined}
            onPress={() =>
              void save.run(`${result.name}.log`, () =>
                client.gates.output({ gateResultId: result.id }),
              )
            }
          >
            Download
          </Button>
        </div>
      )}
    </div>
  )
}

/** One gate's result: state, command, time and exit code in a line; its output below when unfolded. */
export function GateResultView({
  result,
  live,
  isOpen,
  onToggle,
}: {
  result: GateResult
  live: TimelineGate | undefined
  isOpen: boolean
  onToggle: () => void
}) {
  return (
    <li className="min-w-0 px-3 py-2">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onToggle}
        className="grid w-full min-w-0 cursor-pointer grid-cols-[auto_7.5rem_minmax(0,1fr)_auto] items-center gap-x-2 rounded text-left text-list max-sm:grid-cols-[auto_minmax(0,1fr)_auto]"
      >
        <ChevronRight size={14} aria-hidden className={`text-muted ${isOpen ? 'rotate-90' : ''}`} />
        <StatusMark status={gateStatuses[result.status]} />
        <span className="flex min-w-0 items-baseline gap-2 max-sm:order-last max-sm:col-span-2 max-sm:col-start-2">
          <span className="shrink-0 font-medium">{result.name}</span>
          <code className="min-w-0 truncate font-mono text-xs text-muted" title={result.command}>
            {result.command}
          </code>
          {!result.isBlocking && (
            <span className="shrink-0 text-xs text-muted">does not block</span>
          )}
        </span>
        <span className="text-right text-xs whitespace-nowrap text-muted tabular-nums">
          {result.exitCode !== null && `exit ${result.exitCode} · `}
          {result.durationMs !== null && formatDuration(result.durationMs)}
          {result.durationMs === null && result.startedAt !== null && (
            <RelativeTime at={result.startedAt} />
          )}
        </span>
      </button>
      {isOpen && (
        <div className="mt-2 min-w-0">
          <Output result={result} live={live} />
        </div>
      )}
    </li>
  )
}
