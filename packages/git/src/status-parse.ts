/** Reads `git status --porcelain=v2 --branch -z` (format: git-status(1), "Porcelain Format Version 2"). Pure. */

import { pathFromBytes, splitNul } from './path-text.ts'

export type ParsedStatus = {
  branch: string | null
  upstream: string | null
  ahead: number | null
  behind: number | null
  counts: { staged: number; unstaged: number; untracked: number; conflicted: number }
  changedFiles: number
}

export function parseStatus(output: Buffer): ParsedStatus {
  const parsed: ParsedStatus = {
    branch: null,
    upstream: null,
    ahead: null,
    behind: null,
    counts: { staged: 0, unstaged: 0, untracked: 0, conflicted: 0 },
    changedFiles: 0,
  }
  const fields = splitNul(output)
  for (let at = 0; at < fields.length; at += 1) {
    const line = pathFromBytes(fields[at] ?? Buffer.alloc(0))
    if (line.startsWith('# ')) readHeader(line, parsed)
    else {
      parsed.changedFiles += 1
      countEntry(line, parsed.counts)
      // A rename's old path is a field of its own.
      if (line.startsWith('2 ')) at += 1
    }
  }
  return parsed
}

function readHeader(line: string, parsed: ParsedStatus): void {
  const [, key, ...rest] = line.split(' ')
  const value = rest.join(' ')
  if (key === 'branch.head') parsed.branch = value === '(detached)' ? null : value
  else if (key === 'branch.upstream') parsed.upstream = value
  else if (key === 'branch.ab') {
    const [ahead, behind] = value.split(' ')
    parsed.ahead = Number(ahead)
    parsed.behind = -Number(behind)
    // Number('-0') is -0, which does not equal 0 everywhere.
    if (parsed.behind === 0) parsed.behind = 0
  }
}

function countEntry(line: string, counts: ParsedStatus['counts']): void {
  const kind = line[0]
  if (kind === '?') counts.untracked += 1
  else if (kind === 'u') counts.conflicted += 1
  else if (kind === '1' || kind === '2') {
    if (line[2] !== '.') counts.staged += 1
    if (line[3] !== '.') counts.unstaged += 1
  }
}
