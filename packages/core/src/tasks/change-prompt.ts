interface CommentLines {
  path: string
  side: 'old' | 'new'
  startLine: number
  endLine: number
  hunk: string
  body: string
}

/** What the agent is told when a reviewer asks for changes: the text first, then each comment with its lines. */
export function changePrompt(text: string, comments: readonly CommentLines[]): string {
  const parts = ['The reviewer asks for changes to what you did.']
  if (text.trim() !== '') parts.push(text.trim())
  for (const { path, side, startLine, endLine, hunk, body } of comments) {
    const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine} to ${endLine}`
    const before = side === 'old' ? ', as it was before your change' : ''
    const quoted = hunk
      .split('\n')
      .map((line) => `> ${line}`)
      .join('\n')
    parts.push(`${path}, ${lines}${before}:\n${quoted}\n\n${body}`)
  }
  return parts.join('\n\n')
}
