import { processFile, type FileDiffMetadata } from '@pierre/diffs'
import type { FileChange } from '@sluice/contract/review'

/**
 * The part of a patch above its hunks, as git writes it (gitformat-diff), for whatever stands in the list of changes. The
 * names are placeholders: real ones may hold anything, and are put in afterwards.
 */
function headOf(file: FileChange): string {
  const mode = (side: string | null) => side ?? '100644'
  const lines = ['diff --git a/file b/file']
  if (file.status === 'added') lines.push(`new file mode ${mode(file.newMode)}`)
  else if (file.status === 'deleted') lines.push(`deleted file mode ${mode(file.oldMode)}`)
  else if (file.oldPath !== null)
    lines.push('similarity index 50%', 'rename from old', 'rename to file')
  lines.push(
    'index 0000000..0000001',
    file.status === 'added' ? '--- /dev/null' : '--- a/file',
    file.status === 'deleted' ? '+++ /dev/null' : '+++ b/file',
  )
  return `${lines.join('\n')}\n`
}

/**
 * Reads a file's patch, with or without a head of its own.
 * @param cacheKey names the content for the highlighter's cache
 * @returns null where the patch has no hunk
 */
export function readPatch(
  patch: string,
  file: FileChange,
  cacheKey: string,
): FileDiffMetadata | null {
  const start = patch.startsWith('@@ ') ? 0 : patch.indexOf('\n@@ ') + 1
  if (start === 0 && !patch.startsWith('@@ ')) return null
  const diff = processFile(headOf(file) + patch.slice(start), {
    cacheKey,
    isGitDiff: true,
    // In the order of the patch: what was taken out stands before what came in.
    disableLineMatching: true,
  })
  if (diff === undefined || diff.hunks.length === 0) return null
  diff.name = file.path
  if (file.oldPath === null) delete diff.prevName
  else diff.prevName = file.oldPath
  return diff
}
