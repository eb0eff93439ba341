import type { FileChange } from '@sluice/contract/review'

export const statusLooks: Record<
  FileChange['status'],
  { letter: string; word: string; tone: string }
> = {
  added: { letter: 'A', word: 'Added', tone: 'text-success' },
  modified: { letter: 'M', word: 'Changed', tone: 'text-warning' },
  deleted: { letter: 'D', word: 'Deleted', tone: 'text-danger' },
  renamed: { letter: 'R', word: 'Renamed', tone: 'text-accent' },
  copied: { letter: 'C', word: 'Copied', tone: 'text-accent' },
  type_changed: { letter: 'T', word: 'Type changed', tone: 'text-warning' },
}

const modeWords: Record<string, string> = {
  '100644': 'plain file',
  '100755': 'executable',
  '120000': 'symbolic link',
  '160000': 'submodule',
}
const modeWord = (mode: string): string => modeWords[mode] ?? mode

/** `plain file → executable` where the mode changed; null else. Git writes no mode for a side that is not there. */
export function modeChange(file: Pick<FileChange, 'oldMode' | 'newMode'>): string | null {
  const { oldMode, newMode } = file
  if (oldMode === null || newMode === null || oldMode === newMode) return null
  if (/^0+$/.test(oldMode) || /^0+$/.test(newMode)) return null
  return `${modeWord(oldMode)} → ${modeWord(newMode)}`
}

const images = /\.(png|jpe?g|gif|webp|avif|bmp|ico|svg)$/i
export const isImage = (path: string): boolean => images.test(path)

/** Why a file has no lines to show; null where it has some. */
export function whyNoLines(file: FileChange): string | null {
  if (file.isBinary) return 'Binary file'
  if (file.additions > 0 || file.deletions > 0) return null
  if (file.status === 'renamed') return 'Renamed, content unchanged'
  if (file.status === 'copied') return 'Copied, content unchanged'
  const mode = modeChange(file)
  if (mode !== null) return `Mode changed: ${mode}`
  return file.status === 'added'
    ? 'Empty file'
    : file.status === 'deleted'
      ? 'Deleted; it was empty'
      : 'No changed lines'
}
