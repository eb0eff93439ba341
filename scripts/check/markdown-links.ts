import { posix } from 'node:path'
import type { FileFinding } from './file-rules.ts'

const link = /\]\(([^)\s]+)\)/g
const fence = /^\s*```/

/** The anchor that a heading gets, as the usual hosts make it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}

function proseLines(text: string): { line: number; text: string }[] {
  let isCode = false
  return text.split('\n').flatMap((content, index) => {
    if (fence.test(content)) isCode = !isCode
    return isCode ? [] : [{ line: index + 1, text: content }]
  })
}

/**
 * Links of a Markdown file that lead nowhere. `read` gives the text of a file by its path from
 * the root, or undefined where there is none. Links to other hosts are not followed.
 */
export function brokenLinks(
  path: string,
  text: string,
  read: (path: string) => string | undefined,
): FileFinding[] {
  return proseLines(text).flatMap(({ line, text: content }) =>
    Array.from(content.matchAll(link), (match) => match[1] ?? '').flatMap((target) => {
      if (/^[a-z]+:/.test(target)) return []
      const [file = '', anchor] = target.split('#')
      const targetPath = file === '' ? path : posix.join(posix.dirname(path), file)
      const targetText = file === '' ? text : read(targetPath)
      if (targetText === undefined) {
        return [{ file: path, line, message: `links to ${target}, which is not there` }]
      }
      const anchors = proseLines(targetText)
        .filter((candidate) => candidate.text.startsWith('#'))
        .map((heading) => anchorOf(heading.text.replace(/^#+\s*/, '')))
      return anchor === undefined || anchors.includes(anchor)
        ? []
        : [{ file: path, line, message: `links to ${target}, which has no such heading` }]
    }),
  )
}
