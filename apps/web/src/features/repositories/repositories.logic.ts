import type { Repository } from '@sluice/contract/repository'
import type { Status } from '../../ui/status.ts'

/** The state of a repository as a mark: what hinders work first. */
export function statusOfRepository(repository: Pick<Repository, 'state' | 'status'>): Status {
  if (repository.state === 'cloning') return { label: 'Cloning', tone: 'accent', shape: 'running' }
  if (repository.state === 'missing') return { label: 'Missing', tone: 'danger', shape: 'failed' }
  if (repository.state === 'failed') return { label: 'Failed', tone: 'danger', shape: 'failed' }
  const { status } = repository
  if (status === null) return { label: 'Not read yet', tone: 'muted', shape: 'waiting' }
  if (status.head === null) return { label: 'No commit', tone: 'warning', shape: 'ask' }
  if (status.operation !== 'none')
    return { label: `In a ${status.operation}`, tone: 'warning', shape: 'paused' }
  if (!status.isClean)
    return { label: `${status.changedFiles} changed`, tone: 'warning', shape: 'ask' }
  return { label: 'Clean', tone: 'success', shape: 'done' }
}

/** `↑2 ↓1` against the upstream; empty where there is none or nothing differs. */
export function aheadBehind(status: Repository['status']): string {
  const parts: string[] = []
  if ((status?.ahead ?? 0) > 0) parts.push(`↑${status?.ahead}`)
  if ((status?.behind ?? 0) > 0) parts.push(`↓${status?.behind}`)
  return parts.join(' ')
}

/** A list with one row moved, for the order of gates. */
export function moved<T>(rows: readonly T[], from: number, to: number): T[] {
  const row = rows[from]
  if (row === undefined || to < 0 || to >= rows.length) return [...rows]
  const rest = rows.toSpliced(from, 1)
  return rest.toSpliced(to, 0, row)
}
