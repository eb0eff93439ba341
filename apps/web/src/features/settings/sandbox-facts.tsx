import type { SandboxAvailability } from '@sluice/contract/settings'
import { Code } from '../../ui/copy-button.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import type { Status } from '../../ui/status.ts'

function statusOf(sandbox: SandboxAvailability): Status {
  if (!sandbox.isAvailable) return { label: 'Not available', tone: 'danger', shape: 'failed' }
  return sandbox.isIsolating
    ? { label: 'Available', tone: 'success', shape: 'done' }
    : { label: 'Not isolated', tone: 'warning', shape: 'ask' }
}

/** Which sandboxes this machine has, why one is missing, and how to get it. */
export function SandboxFacts({ sandboxes }: { sandboxes: readonly SandboxAvailability[] }) {
  return (
    <ul className="divide-y divide-separator">
      {sandboxes.map((sandbox) => (
        <li key={sandbox.name} className="grid gap-1 py-2.5 first:pt-0 last:pb-0">
          <div className="flex flex-wrap items-center gap-3">
            <span className="font-medium">{sandbox.name}</span>
            {sandbox.version !== null && (
              <span className="font-mono text-xs text-muted">{sandbox.version}</span>
            )}
            <StatusMark status={statusOf(sandbox)} />
          </div>
          {sandbox.reason !== null && <p className="text-list text-muted">{sandbox.reason}</p>}
          {sandbox.remedy !== null && (
            <p className="text-list">
              <Code copyLabel="Copy the remedy">{sandbox.remedy}</Code>
            </p>
          )}
        </li>
      ))}
    </ul>
  )
}
