import { useQuery } from '@tanstack/react-query'
import type { CSSProperties } from 'react'
import { CopyButton } from '../../ui/copy-button.tsx'
import { highlightCode } from './code-highlight.ts'

/** A block of code in colours, copied whole by its button. Plain until the highlighter is there: same size, no jump. */
export function CodeBlock({ code, language }: { code: string; language: string | undefined }) {
  const highlighted = useQuery({
    queryKey: ['highlight', language, code],
    queryFn: () => highlightCode(code, language ?? ''),
    enabled: language !== undefined,
    staleTime: Infinity,
    // While a block streams in, its last colours stay until the next ones are ready.
    placeholderData: (before) => before,
  })
  const lines = code.split('\n')
  return (
    <div className="group relative my-2 overflow-hidden rounded-md border border-border bg-surface-secondary">
      <span className="absolute top-1 right-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
        <CopyButton text={code} label="Copy code" />
      </span>
      <pre
        // A scrolling region must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        className="overflow-x-auto p-3 font-mono text-xs leading-5"
      >
        <code>
          {lines.map((line, at) => {
            const tokens = highlighted.data?.[at]
            // Colours of an older text are kept only for lines that are still the same.
            const isCurrent =
              tokens !== undefined && tokens.map((token) => token.text).join('') === line
            return (
              // Lines have no identity but their place.
              // oxlint-disable-next-line react/no-array-index-key -- parts of one text never change places
              <span key={at} className="block min-h-5">
                {isCurrent
                  ? tokens.map((token, place) => (
                      <span
                        // oxlint-disable-next-line react/no-array-index-key -- parts of one text never change places
                        key={place}
                        className="text-(--token-light) dark:text-(--token-dark)"
                        style={
                          {
                            '--token-light': token.light,
                            '--token-dark': token.dark,
                          } as CSSProperties
                        }
                      >
                        {token.text}
                      </span>
                    ))
                  : line}
              </span>
            )
          })}
        </code>
      </pre>
    </div>
  )
}
