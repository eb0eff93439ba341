/** Exact replacement in text, and how many lines changed. Pure. */
import { ToolError } from '../tool.ts'

export interface Edit {
  oldText: string
  newText: string
  replaceAll: boolean
}

export interface EditedText {
  text: string
  /** 0: an earlier attempt of the same edit had already been applied. */
  replacements: number
}

/**
 * Replaces an exact piece of text.
 * @param isRepeat the edit may have been applied before a crash: where the world looks as
 *   if it was, that is success, so that nothing is inserted twice
 * @throws ToolError when the piece is not there, or there more than once
 */
export function applyEdit(text: string, edit: Edit, isRepeat: boolean): EditedText {
  const { oldText, newText } = edit
  if (oldText === '')
    throw new ToolError('old_text is empty. Use write_file to make a file or to replace it whole.')
  if (oldText === newText)
    throw new ToolError('old_text and new_text are the same: there is nothing to change.')
  // A file with CRLF is read as it is but commonly quoted by a model with LF.
  if (text.includes('\r\n') && !oldText.includes('\r\n')) {
    const crlf = (piece: string) => piece.replace(/\r?\n/g, '\r\n')
    if (oldText.includes('\n') || newText.includes('\n')) {
      return applyEdit(text, { ...edit, oldText: crlf(oldText), newText: crlf(newText) }, isRepeat)
    }
  }
  if (isRepeat && isApplied(text, edit)) return { text, replacements: 0 }
  const places = countOf(text, oldText)
  if (places === 0) throw new ToolError(notFoundMessage(text, oldText), 'old_text not found')
  if (places > 1 && !edit.replaceAll) {
    const message = `old_text occurs ${places} times. Give more of the lines around it, or set replace_all.`
    throw new ToolError(message, `old_text found ${places} times`)
  }
  return { text: text.split(oldText).join(newText), replacements: places }
}

/**
 * After an edit, the old text occurs only inside of the new one, and the new one is there.
 * (A deletion leaves nothing to look for: the old text is gone.)
 */
function isApplied(text: string, { oldText, newText }: Edit): boolean {
  if (newText === '') return !text.includes(oldText)
  if (!text.includes(newText)) return false
  return !text.split(newText).some((between) => between.includes(oldText))
}

function countOf(text: string, piece: string): number {
  return text.split(piece).length - 1
}

/** Says what is nearly there, since a wrong indent or quote is the common reason. */
function notFoundMessage(text: string, oldText: string): string {
  const squeeze = (line: string) => line.replace(/\s+/g, ' ').trim()
  const lines = text.split('\n')
  const wanted =
    oldText
      .split('\n')
      .map(squeeze)
      .find((line) => line !== '') ?? ''
  const near = lines.findIndex((line) => squeeze(line) === wanted)
  const found = near === -1 ? -1 : near + 1
  const hint =
    found === -1
      ? 'None of its lines is there; read the file again.'
      : `Its first line is at line ${found}, so the whitespace or a later line differs: ${JSON.stringify(lines[near])}.`
  return `old_text was not found in the file; it must match exactly, whitespace included. ${hint}`
}

/** Lines added and removed, counted without the lines that both ends have in common. */
export function lineChange(before: string, after: string): { added: number; removed: number } {
  const a = linesOf(before)
  const b = linesOf(after)
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end))
    end++
  return { added: b.length - start - end, removed: a.length - start - end }
}

function linesOf(text: string): string[] {
  if (text === '') return []
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}

/** `+12 −3`, with a real minus sign. */
export function changeText({ added, removed }: { added: number; removed: number }): string {
  return `+${added} −${removed}`
}
