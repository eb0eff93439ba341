import type { FileChange, FilePatch } from '@sluice/contract/review'
import type { Paint } from './paint.ts'
import { visible } from './text.ts'

const shortEscapes: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\u000b': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
}

/** A path as git writes it in a patch: quoted like a C string where it holds more than plain characters. */
export function quotedPath(path: string): string {
  const quoted = path.replace(/["\\]|(?![\u0080-\u009f])\p{Cc}/gu, (character) => {
    const code = character.codePointAt(0)!
    return shortEscapes[character] ?? `\\${code.toString(8).padStart(3, '0')}`
  })
  return quoted === path ? path : `"${quoted}"`
}

/**
 * One file's change as `git apply` reads it: the extended header of git-diff(1), then the hunks.
 */
export function filePatch(
  file: FileChange,
  patch: Pick<FilePatch, 'patch' | 'isTooLarge'>,
): string {
  const before = file.oldPath ?? file.path
  const from = quotedPath(`a/${before}`)
  const to = quotedPath(`b/${file.path}`)
  const lines = [`diff --git ${from} ${to}`]
  if (file.status === 'added') lines.push(`new file mode ${file.newMode ?? '100644'}`)
  else if (file.status === 'deleted') lines.push(`deleted file mode ${file.oldMode ?? '100644'}`)
  else if (file.oldMode !== file.newMode && file.oldMode !== null && file.newMode !== null) {
    lines.push(`old mode ${file.oldMode}`, `new mode ${file.newMode}`)
  }
  if (file.status === 'renamed' || file.status === 'copied') {
    const verb = file.status === 'renamed' ? 'rename' : 'copy'
    lines.push(`${verb} from ${quotedPath(before)}`, `${verb} to ${quotedPath(file.path)}`)
  }
  const header = lines.map((text) => `${text}\n`).join('')
  const left = file.status === 'added' ? '/dev/null' : from
  const right = file.status === 'deleted' ? '/dev/null' : to
  if (file.isBinary) return `${header}Binary files ${left} and ${right} differ\n`
  if (patch.isTooLarge) return header
  if (patch.patch === '') return header
  return `${header}--- ${left}\n+++ ${right}\n${patch.patch.endsWith('\n') ? patch.patch : `${patch.patch}\n`}`
}

/**
 * A patch for a terminal: coloured, and with nothing in it that a terminal would act on. A line
 * count decides what is header and what is content, since a removed line may begin with `--`.
 */
export function colouredPatch(patch: string, paint: Paint): string {
  let left = 0
  let right = 0
  return patch
    .split('\n')
    .map((text) => {
      const shown = visible(text)
      if (left <= 0 && right <= 0) {
        const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(text)
        if (hunk === null) return paint.bold(shown)
        left = Number(hunk[1] ?? 1)
        right = Number(hunk[2] ?? 1)
        return paint.cyan(shown)
      }
      if (text.startsWith('\\')) return paint.dim(shown)
      if (!text.startsWith('+')) left -= 1
      if (!text.startsWith('-')) right -= 1
      return text.startsWith('+')
        ? paint.green(shown)
        : text.startsWith('-')
          ? paint.red(shown)
          : shown
    })
    .join('\n')
}
