/** One coloured piece of a line; the colours of both themes, so that switching needs no new reading. */
export interface CodeToken {
  text: string
  light: string | undefined
  dark: string | undefined
}

const LONGEST = 100_000

/**
 * Colours code as the diffs do, with the same highlighter, loaded when the first block asks for it.
 * @returns tokens by line, or null where the language is not known or the block is too long
 */
export async function highlightCode(code: string, language: string): Promise<CodeToken[][] | null> {
  if (code.length > LONGEST) return null
  const { getSharedHighlighter } = await import('@pierre/diffs')
  try {
    const highlighter = await getSharedHighlighter({
      themes: ['pierre-light', 'pierre-dark'],
      langs: [language],
    })
    const { tokens } = highlighter.codeToTokens(code, {
      lang: language,
      themes: { light: 'pierre-light', dark: 'pierre-dark' },
      defaultColor: false,
    })
    return tokens.map((line) =>
      line.map((token) => ({
        text: token.content,
        light: colorOf(token.htmlStyle, '--shiki-light'),
        dark: colorOf(token.htmlStyle, '--shiki-dark'),
      })),
    )
  } catch {
    // A language that nobody knows is plain text.
    return null
  }
}

function colorOf(style: unknown, name: string): string | undefined {
  if (typeof style !== 'object' || style === null) return undefined
  const value = (style as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : undefined
}
