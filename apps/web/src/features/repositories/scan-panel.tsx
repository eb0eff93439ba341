import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ScanState } from '@sluice/contract/repository'
import { useEffect, useState } from 'react'
import { z } from 'zod'
import { api, client } from '../../app/api.ts'
import { onWorkspaceEvent } from '../../app/live.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { useDraftForm } from '../../ui/draft-form.ts'
import { ErrorState, InlineError } from '../../ui/error-state.tsx'
import { TextInput } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { formatCount, plural } from '../../ui/format.ts'
import { notifyError } from '../../ui/notify.ts'
import { Progress } from '../../ui/progress.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { FoundList } from './found-list.tsx'

const ScanInput = z.object({ roots: z.array(z.string().min(1).max(4096)).min(1, 'Name a folder') })
const scanKey = api.repositories.scanState.key()

/** Searches folders for repositories, with a live count, and adds the ones that are chosen. */
export function ScanPanel() {
  const navigate = useNavigate()
  const scan = useQuery(api.repositories.scanState.queryOptions())
  const live = useLiveScan()
  const form = useDraftForm({
    draftKey: 'scan',
    initial: { folder: '' },
    schema: ScanInput,
    toInput: ({ folder }) => ({
      roots: folder
        .split(/\n|,/)
        .map((one) => one.trim())
        .filter(Boolean),
    }),
    onSubmit: async (input) => {
      const state = await client.repositories.scan(input)
      queryClient.setQueryData(api.repositories.scanState.queryKey(), state)
    },
  })

  async function cancel() {
    try {
      await client.repositories.cancelScan()
    } catch (cause) {
      notifyError('The search could not be stopped.', cause)
    }
    void queryClient.invalidateQueries({ queryKey: scanKey })
  }

  if (scan.isError) {
    return (
      <ErrorState
        title="The last search could not be read"
        error={scan.error}
        onRetry={() => void scan.refetch()}
      />
    )
  }
  const state = scan.data
  const isScanning = state?.state === 'scanning'
  const folders = isScanning
    ? Math.max(state.foldersVisited, live?.foldersVisited ?? 0)
    : (state?.foldersVisited ?? 0)
  const found = isScanning
    ? Math.max(state.found.length, live?.foundCount ?? 0)
    : (state?.found.length ?? 0)
  return (
    <div className="grid grid-cols-1 gap-5">
      <Form form={form} className="flex flex-wrap items-start gap-2">
        <div className="min-w-0 flex-1 basis-60">
          <TextInput
            label="Folder to search"
            isMonospace
            autoFocus
            placeholder="/home/me/code"
            hint="An absolute path on the machine that runs Sluice; several with a comma between. Hidden and dependency folders are skipped."
            {...form.field('folder')}
            error={form.errors.roots ?? form.errors['roots.0']}
          />
        </div>
        <Button
          type="submit"
          variant="primary"
          className="mt-6"
          isDisabled={isScanning}
          pending={form.isPending ? 'Starting…' : undefined}
        >
          Search
        </Button>
      </Form>
      <InlineError error={form.failure} />
      {scan.isPending && <Skeleton className="h-24 w-full" />}
      {isScanning && (
        <div className="flex items-center gap-4">
          <div className="flex-1">
            <Progress
              percent={null}
              text={`Searching ${state.roots.join(', ')}: ${plural(folders, 'folder')}, ${plural(found, 'repository', 'repositories')} found`}
            />
          </div>
          <Button onPress={() => void cancel()}>Stop</Button>
        </div>
      )}
      {state !== undefined && state.state !== 'idle' && !isScanning && (
        <p role="status" className="text-list text-muted">
          {summaryOf(state)}
        </p>
      )}
      {state !== undefined && state.found.length > 0 && (
        <FoundList
          found={state.found}
          onAdded={(ids) => {
            const only = ids.length === 1 ? ids[0] : undefined
            if (only === undefined) void navigate({ to: '/repositories' })
            else
              void navigate({ to: '/repositories/$repositoryId', params: { repositoryId: only } })
          }}
        />
      )}
    </div>
  )
}

function summaryOf(state: ScanState): string {
  const counts = `${formatCount(state.found.length)} found in ${plural(state.foldersVisited, 'folder')} below ${state.roots.join(', ')}.`
  if (state.state === 'failed')
    return `The search failed: ${state.problem ?? 'no reason was given'}. ${counts}`
  return state.state === 'cancelled' ? `Stopped. ${counts}` : counts
}

/** The counts of a search that runs, as events tell them; what was found is read when they rest. */
function useLiveScan(): { foldersVisited: number; foundCount: number } | undefined {
  const [counts, setCounts] = useState<{ foldersVisited: number; foundCount: number }>()
  useEffect(
    () =>
      onWorkspaceEvent((event) => {
        if (event.type === 'scan.changed') setCounts(event.payload)
      }),
    [],
  )
  return counts
}
