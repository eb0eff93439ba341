import type { GateResult } from '@sluice/contract/gate'
import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { client } from '../../app/api.ts'
import { live } from '../../app/live.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { InlineError } from '../../ui/error-state.tsx'
import { formatDuration } from '../../ui/format.ts'
import { LogView } from '../../ui/log-view.tsx'
import { notifyError } from '../../ui/notify.ts'
import { saveFile } from '../../ui/save-file.ts'
import { StatusMark } from '../../ui/status-mark.tsx'
import { gateStatuses } from '../../ui/status.ts'

/** More than this is not kept in the page; the whole output can be downloaded. */
const KEPT_CHARACTERS = 200_000

// Through the client: a plain link would carry neither the workspace nor a readable error.
async function download(gateResultId: string): Promise<void> {
  try {
    saveFile('gate.log', await client.gates.output({ gateResultId }))
  } catch (cause) {
    notifyError('The output could not be downloaded.', cause)
  }
}

type Outcome = Pick<GateResult, 'status' | 'exitCode' | 'durationMs'>

/** Runs a gate once on the repository's current commit and shows its output as it comes. */
export function GateTrial({ gateId, onClose }: { gateId: string; onClose: () => void }) {
  const [output, setOutput] = useState('')
  const [outcome, setOutcome] = useState<Outcome>({
    status: 'queued',
    exitCode: null,
    durationMs: null,
  })
  const [resultId, setResultId] = useState<string>()
  const [failure, setFailure] = useState<unknown>(null)
  const isStarted = useRef(false)
  const isClosed = useRef(false)
  const stop = useRef<() => void>(undefined)

  // The outside system is the run on the server: it is started once and followed until it ends.
  useEffect(() => {
    async function start() {
      try {
        const result = await client.gates.try({ gateId })
        setResultId(result.id)
        setOutcome(result)
        if (isClosed.current) return
        const subscription = live.subscribe(result.stream, 0, {
          onEvents: (events) => {
            for (const event of events) {
              if (event.type === 'gate.started' && event.payload.gateResultId === result.id) {
                setOutcome((known) => ({ ...known, status: 'running' }))
              } else if (event.type === 'gate.output' && event.payload.gateResultId === result.id) {
                const { text } = event.payload
                setOutput((known) => (known + text).slice(-KEPT_CHARACTERS))
              } else if (event.type === 'gate.ended' && event.payload.gateResultId === result.id) {
                setOutcome(event.payload)
              }
            }
          },
          onRefused: (error) => setFailure(new Error(error.message)),
        })
        stop.current = () => subscription.close()
      } catch (cause) {
        setFailure(cause)
      }
    }
    isClosed.current = false
    if (!isStarted.current) {
      isStarted.current = true
      void start()
    }
    return () => {
      isClosed.current = true
      stop.current?.()
    }
  }, [gateId])

  const isOver = outcome.durationMs !== null
  return (
    <div className="grid gap-2 border-t border-separator bg-surface-secondary px-4 py-3">
      <div className="flex flex-wrap items-center gap-3 text-list">
        <StatusMark status={gateStatuses[outcome.status]} />
        {outcome.exitCode !== null && <span className="text-muted">exit {outcome.exitCode}</span>}
        {outcome.durationMs !== null && (
          <span className="text-muted">{formatDuration(outcome.durationMs)}</span>
        )}
        {isOver && resultId !== undefined && (
          <Button variant="ghost" onPress={() => void download(resultId)}>
            Download the whole output
          </Button>
        )}
        <span className="ml-auto">
          <IconButton label="Close the output" icon={<X aria-hidden />} onPress={onClose} />
        </span>
      </div>
      <InlineError error={failure} />
      {output !== '' && <LogView text={output} label="Output of the gate" isFollowing={!isOver} />}
      {output === '' && failure === null && (
        <p className="text-list text-muted">
          {isOver ? 'The gate printed nothing.' : 'Preparing a clean checkout…'}
        </p>
      )}
    </div>
  )
}
