/**
 * Splits Markdown at blank lines outside of fences and lists, so that of a growing text only the last block
 * has to be read again. Joined by nothing, the blocks are the text.
 */
export function splitBlocks(text: string): string[] {
  const blocks: string[] = []
  let block = ''
  let fence: string | null = null
  let isAfterBlank = false
  for (const line of text.split(/(?<=\n)/)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    // A line that is indented or a further bullet may belong to the list before the blank line.
    const isContinuation = /^(\s+\S|[-*+] |\d+[.)] |\|)/.test(line)
    if (isAfterBlank && fence === null && line.trim() !== '' && !isContinuation) {
      blocks.push(block)
      block = ''
    }
    if (mark !== undefined) {
      if (fence === null) fence = mark
      else if (mark.startsWith(fence) && line.trim() === mark) fence = null
    }
    block += line
    isAfterBlank = line.trim() === ''
  }
  if (block !== '') blocks.push(block)
  return blocks
}
