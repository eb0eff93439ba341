import { isValidElement, memo, type ReactNode } from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { CodeBlock } from './code-block.tsx'
import { splitBlocks } from './markdown-blocks.logic.ts'

const plugins = [remarkGfm]

function textOf(node: ReactNode): string {
  if (typeof node === 'string') return node
  if (Array.isArray(node)) return node.map(textOf).join('')
  return ''
}

const components: Components = {
  pre({ children }) {
    if (!isValidElement<{ className?: string; children?: ReactNode }>(children))
      return <pre>{children}</pre>
    const language = /language-(\S+)/.exec(children.props.className ?? '')?.[1]
    return (
      <CodeBlock code={textOf(children.props.children).replace(/\n$/, '')} language={language} />
    )
  },
  code: ({ children }) => (
    <code className="rounded bg-surface-secondary px-1 py-0.5 font-mono text-[0.85em] break-words">
      {children}
    </code>
  ),
  a: ({ href, children }) => (
    <a
      href={href}
      target="_blank"
      rel="noreferrer noopener"
      className="text-link underline underline-offset-2"
    >
      {children}
    </a>
  ),
  // What an agent writes must not make the reader's browser ask other servers for pictures.
  img: ({ alt, src }) => (
    <a
      href={typeof src === 'string' ? src : undefined}
      target="_blank"
      rel="noreferrer noopener"
      className="text-link underline"
    >
      {alt === undefined || alt === '' ? 'Picture' : alt}
    </a>
  ),
  p: ({ children }) => <p className="my-2 break-words">{children}</p>,
  ul: ({ children }) => <ul className="my-2 list-disc space-y-1 pl-5">{children}</ul>,
  ol: ({ children, start }) => (
    <ol start={start} className="my-2 list-decimal space-y-1 pl-5">
      {children}
    </ol>
  ),
  h1: ({ children }) => <h3 className="mt-4 mb-2 text-base font-semibold">{children}</h3>,
  h2: ({ children }) => <h3 className="mt-4 mb-2 font-semibold">{children}</h3>,
  h3: ({ children }) => <h4 className="mt-3 mb-1 font-semibold">{children}</h4>,
  h4: ({ children }) => <h4 className="mt-3 mb-1 font-semibold text-muted">{children}</h4>,
  blockquote: ({ children }) => (
    <blockquote className="my-2 border-l-2 border-border pl-3 text-muted">{children}</blockquote>
  ),
  hr: () => <hr className="my-3 border-separator" />,
  table: ({ children }) => (
    <div className="my-2 overflow-x-auto">
      <table className="border-collapse text-list">{children}</table>
    </div>
  ),
  th: ({ children }) => (
    <th className="border border-border bg-surface-secondary px-2 py-1 text-left font-medium">
      {children}
    </th>
  ),
  td: ({ children }) => <td className="border border-border px-2 py-1 align-top">{children}</td>,
}

const Block = memo(function Block({ text }: { text: string }) {
  return (
    <ReactMarkdown remarkPlugins={plugins} components={components}>
      {text}
    </ReactMarkdown>
  )
})

/** Markdown as an agent writes it; of a text that streams in, only the last block is read again. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className="min-w-0 [&>*:first-child]:mt-0 [&>*:last-child]:mb-0">
      {splitBlocks(text).map((block, at) => (
        // A block's identity is its place: only the last one changes.
        // oxlint-disable-next-line react/no-array-index-key
        <Block key={at} text={block} />
      ))}
    </div>
  )
})
