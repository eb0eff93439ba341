import { processFile, type CodeViewItem, type FileDiffMetadata } from '@pierre/diffs'
import type { Comment, FileChange } from '@sluice/contract/review'
import { lineOf, type Range } from './comments.logic.ts'
import { whyNoLines } from './file-facts.logic.ts'
import type { Patch } from './use-patches.ts'

/** What stands between the lines of a diff. */
export type Note =
  | { kind: 'comments'; comments: Comment[] }
  | { kind: 'editor'; range: Range }
  | { kind: 'image'; file: FileChange }
  | { kind: 'large'; file: FileChange }
  | { kind: 'failed'; file: FileChange; message: string }

export interface DiffItemInput {
  files: readonly FileChange[]
  patches: ReadonlyMap<string, Patch>
  comments: readonly Comment[]
  editor: Range | null
  folded: ReadonlySet<string>
  hasImage: (file: FileChange) => boolean
}

const LONGEST_BLANK = 2000
const blanks = new Map<number, FileDiffMetadata>()

/** A file whose patch is on its way, in about the height it will have, so that nothing jumps when it comes. */
function blankDiff(file: FileChange): FileDiffMetadata {
  const lines = Math.min(LONGEST_BLANK, file.additions + file.deletions + 6)
  let blank = blanks.get(lines)
  if (blank === undefined) {
    const head = `--- a/blank.txt\n+++ b/blank.txt\n@@ -1,${lines} +1,${lines} @@\n`
    blank = processFile(head + ' \n'.repeat(lines), { cacheKey: `blank:${lines}` })
    if (blank === undefined) throw new Error('A diff of blank lines could not be read.')
    blanks.set(lines, blank)
  }
  return { ...blank, name: file.path, lang: 'text' }
}

/** The view tells files apart by identity: the same content must be the same object at every rendering. */
class Kept {
  readonly #texts = new Map<string, { name: string; contents: string; lang: 'text' }>()
  readonly #blanks = new Map<string, FileDiffMetadata>()

  text(path: string, contents: string): { name: string; contents: string; lang: 'text' } {
    const key = `${path}\n${contents}`
    const kept = this.#texts.get(key) ?? { name: path, contents, lang: 'text' as const }
    this.#texts.set(key, kept)
    return kept
  }

  blank(file: FileChange): FileDiffMetadata {
    const kept = this.#blanks.get(file.path) ?? blankDiff(file)
    this.#blanks.set(file.path, kept)
    return kept
  }
}

/** Wrapped, since the view tells its annotations' types apart by whether there is a note at all. */
export interface Noted {
  note: Note
}

type Item = CodeViewItem<Noted>

function noteItem(kept: Kept, file: FileChange, text: string, note: Note | null): Item {
  return {
    id: file.path,
    type: 'file',
    file: kept.text(file.path, text),
    annotations: note === null ? [] : [{ lineNumber: 1, metadata: { note } }],
  }
}

/** Comments of one line stand together, those without a line above the file. */
function annotationsOf(diff: FileDiffMetadata, comments: readonly Comment[], editor: Range | null) {
  const places = new Map<
    string,
    { side: 'deletions' | 'additions'; lineNumber: number; comments: Comment[] }
  >()
  for (const comment of comments) {
    const side = comment.side === 'old' ? 'deletions' : 'additions'
    const lineNumber = lineOf(comment, diff)
    const key = `${side}:${lineNumber}`
    const place = places.get(key) ?? { side, lineNumber, comments: [] }
    place.comments.push(comment)
    places.set(key, place)
  }
  const notes = [...places.values()].map(({ side, lineNumber, comments: ofLine }) => ({
    side,
    lineNumber,
    metadata: { note: { kind: 'comments', comments: ofLine } as Note },
  }))
  if (editor === null) return notes
  const side = editor.side === 'old' ? ('deletions' as const) : ('additions' as const)
  return [
    ...notes,
    {
      side,
      lineNumber: editor.endLine,
      metadata: { note: { kind: 'editor', range: editor } as Note },
    },
  ]
}

/** Whether blank lines stand in a file's place because its patch was not read yet. */
export function isWaitingForLines(
  { patches, hasImage }: Pick<DiffItemInput, 'patches' | 'hasImage'>,
  file: FileChange,
): boolean {
  return !patches.has(file.path) && !hasImage(file) && whyNoLines(file) === null
}

function itemOf(kept: Kept, file: FileChange, input: DiffItemInput): Item {
  const patch = input.patches.get(file.path)
  if (input.hasImage(file))
    return noteItem(kept, file, whyNoLines(file) ?? 'Image', { kind: 'image', file })
  const why = whyNoLines(file)
  if (why !== null) return noteItem(kept, file, why, null)
  if (patch?.state === 'none') return noteItem(kept, file, patch.reason, null)
  if (patch?.state === 'large')
    return noteItem(kept, file, 'Large change, folded', { kind: 'large', file })
  if (patch?.state === 'failed') {
    return noteItem(kept, file, 'The patch could not be read', {
      kind: 'failed',
      file,
      message: patch.message,
    })
  }
  if (patch === undefined) return { id: file.path, type: 'diff', fileDiff: kept.blank(file) }
  const comments = input.comments.filter((comment) => comment.path === file.path)
  const editor = input.editor?.path === file.path ? input.editor : null
  return {
    id: file.path,
    type: 'diff',
    fileDiff: patch.diff,
    annotations: annotationsOf(patch.diff, comments, editor),
  }
}

/** What an item shows, in short: two of the same need no rendering. */
function signOf(file: FileChange, item: Item, input: DiffItemInput): string {
  const notes = (item.annotations ?? []).map((note) =>
    JSON.stringify([note.lineNumber, 'side' in note ? note.side : '', note.metadata]),
  )
  return [
    input.patches.get(file.path)?.state ?? 'blank',
    item.type,
    input.folded.has(file.path),
    ...notes,
  ].join('|')
}

/**
 * The items of the one scroll. The view renders an item again only when its version is another one, so versions are
 * counted here, by what the item shows.
 */
export function createItemList(): (input: DiffItemInput) => Item[] {
  const known = new Map<string, { sign: string; version: number }>()
  const kept = new Kept()
  return (input) =>
    input.files.map((file) => {
      const item = itemOf(kept, file, input)
      const sign = signOf(file, item, input)
      const before = known.get(file.path)
      const version =
        before === undefined ? 1 : before.sign === sign ? before.version : before.version + 1
      known.set(file.path, { sign, version })
      return { ...item, version, collapsed: input.folded.has(file.path) }
    })
}
