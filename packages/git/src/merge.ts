/** Three-way merges without a working tree. */

import { pathFromBytes, splitNul } from './path-text.ts'
import { commitTree } from './commits.ts'
import { requireOid } from './refs.ts'
import { runGit } from './run.ts'
import type { ShadowFolder } from './types.ts'
import type { CallOptions, MergeConflict, MergeResult, Oid } from './types.ts'

const NOBODY = { name: 'Sluice', email: 'sluice@localhost' }
const EPOCH = new Date(0)

/**
 * Git 2.39's `merge-tree --write-tree` finds the merge base from history and takes no `--merge-base`, so the three
 * trees are put into commits that have exactly that history. Their ids depend on the trees alone. `findRenames` (default true) follows files that moved.
 */
export async function mergeTrees(
  folder: ShadowFolder,
  input: CallOptions & { base: Oid; ours: Oid; theirs: Oid; findRenames?: boolean },
): Promise<MergeResult> {
  const { base, ours, theirs, findRenames, ...options } = input
  const { stdout } = await runGit({
    ...options,
    gitDir: folder.path,
    args: ['rev-parse', ...[base, ours, theirs].map((oid) => `${requireOid(oid)}^{tree}`)],
  })
  const [baseTree = '', ourTree = '', theirTree = ''] = stdout.toString('latin1').split('\n')
  if (ourTree === theirTree || baseTree === theirTree) return { tree: ourTree }
  if (baseTree === ourTree) return { tree: theirTree }
  const make = (tree: Oid, parents: Oid[], message: string): Promise<Oid> =>
    commitTree(folder, {
      ...options,
      tree,
      parents,
      message,
      author: NOBODY,
      committer: NOBODY,
      at: EPOCH,
    })
  const root = await make(baseTree, [], 'base')
  const [left, right] = await Promise.all([
    make(ourTree, [root], 'ours'),
    make(theirTree, [root], 'theirs'),
  ])
  return mergeCommits(folder, { ...options, ours: left, theirs: right, findRenames })
}

/** Merges two commits over the base that their history gives. */
export async function mergeCommits(
  folder: ShadowFolder,
  input: CallOptions & { ours: Oid; theirs: Oid; findRenames?: boolean },
): Promise<MergeResult> {
  const { ours, theirs, findRenames = true, ...options } = input
  const { stdout, exitCode } = await runGit({
    ...options,
    gitDir: folder.path,
    okCodes: [0, 1],
    config: {
      'merge.conflictStyle': 'merge',
      'merge.directoryRenames': 'false',
      'merge.renames': String(findRenames),
    },
    args: ['merge-tree', '--write-tree', '-z', '--messages', requireOid(ours), requireOid(theirs)],
  })
  const fields = splitNul(stdout)
  if (exitCode === 0) return { tree: fields[0]?.toString('latin1') ?? '' }
  return { conflicts: readConflicts(fields.slice(1)) }
}

/**
 * After the tree: "<mode> <oid> <stage>\t<path>" fields, an empty field, then messages as
 * count, paths…, kind, text (git-merge-tree(1), "OUTPUT").
 */
function readConflicts(fields: Buffer[]): {
  paths: string[]
  conflicts: MergeConflict[]
  messages: string
} {
  const paths = new Set<string>()
  let at = 0
  for (; at < fields.length; at += 1) {
    const field = fields[at] ?? Buffer.alloc(0)
    if (field.length === 0) break
    paths.add(pathFromBytes(field.subarray(field.indexOf(9) + 1)))
  }
  at += 1
  const conflicts: MergeConflict[] = []
  const texts: string[] = []
  while (at < fields.length) {
    const count = Number(fields[at]?.toString('latin1'))
    const touched = fields.slice(at + 1, at + 1 + count).map((field) => pathFromBytes(field))
    const kind = fields[at + 1 + count]?.toString('utf8') ?? ''
    const text = fields[at + 2 + count]?.toString('utf8').trim() ?? ''
    if (kind.startsWith('CONFLICT')) {
      texts.push(text)
      for (const path of touched) conflicts.push({ path, kind })
    }
    at += 3 + count
  }
  return { paths: [...paths], conflicts, messages: texts.join('\n') }
}
