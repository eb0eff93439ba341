import { posix } from 'node:path'

/** A rule of the house that a file breaks, with what to do instead. */
export type FileFinding = { file: string; line?: number; message: string }

const maxLines = 500
const lineLimitExempt =
  /(^|\/)(migrations|generated|fixtures|recordings|sample)\/|\.gen\.ts$|(^|\/)(schema|[a-z-]*tables)\.ts$/
const part = /^(?:packages|apps)\/[^/]+\//
const relativeImport = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"]*)\1/g
const kebabCase = /^[a-z0-9$_.-]+$/
const silentSkip = /\b(?:describe|suite|test|it)(?:\.\w+)*\.(?:skip|only|skipIf|runIf|todo)\b/
const leftOver = /\b(?:TODO|FIXME|XXX|HACK)\b/
const disabledCheck = /@ts-ignore|@ts-nocheck|(?:ox|es)lint-disable/

/**
 * What is wrong with one source file by rules that no other tool of the check has: its length,
 * its name, imports that climb out of its own part, skips that give no reason, and left-overs.
 * `path` is relative to the root, with forward slashes.
 */
export function findingsInFile(path: string, text: string): FileFinding[] {
  const findings: FileFinding[] = []
  const name = posix.basename(path)
  const lines = text.split('\n')
  const lineCount = text.endsWith('\n') ? lines.length - 1 : lines.length

  if (!kebabCase.test(name)) {
    findings.push({ file: path, message: 'file names are kebab-case' })
  }
  if (lineCount > maxLines && !lineLimitExempt.test(path)) {
    findings.push({
      file: path,
      message: `${lineCount} lines; at most ${maxLines}: split it by what it is about`,
    })
  }

  const own = part.exec(path)?.[0]
  for (const match of text.matchAll(relativeImport)) {
    const target = posix.join(posix.dirname(path), match[2] ?? '')
    if (own !== undefined && !target.startsWith(own)) {
      findings.push({
        file: path,
        line: text.slice(0, match.index).split('\n').length,
        message: `relative import out of ${own}: import by package name, as in '@sluice/NAME/MODULE'`,
      })
    }
  }

  lines.forEach((line, index) => {
    const at = { file: path, line: index + 1 }
    if (silentSkip.test(line)) {
      findings.push({
        ...at,
        message:
          'skip inside the test with context.skip(condition, reason), so that the reason is printed; run one test with `pnpm vitest run -t NAME`',
      })
    }
    if (leftOver.test(line)) {
      findings.push({ ...at, message: 'finish it, or say in an issue what is missing' })
    }
    // The reason stands behind the switch or in a comment right above it.
    const isExplained = line.includes(' -- ') || /^\s*(\/\/|\{?\/?\*)/.test(lines[index - 1] ?? '')
    if (disabledCheck.test(line) && !isExplained) {
      findings.push({
        ...at,
        message: 'say why this check is switched off, right above or after --',
      })
    }
  })
  return findings
}
