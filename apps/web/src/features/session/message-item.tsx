import { Brain } from 'lucide-react'
import { FoldLine } from './fold-line.tsx'
import { Markdown } from './markdown.tsx'
import { useTimelineContext } from './timeline-context.ts'
import type { ItemOf } from './timeline-types.ts'

/** What the agent says: text as Markdown, reasoning folded to its first words. */
export function MessageItemView({ item }: { item: ItemOf<'message'> }) {
  const { unfolded, toggle } = useTimelineContext()
  return (
    <div className="min-w-0 py-1">
      {item.parts.map((part, at) => {
        const id = `${item.id}:${at}`
        if (part.kind === 'text')
          return part.text.trim() === '' ? null : <Markdown key={id} text={part.text} />
        return (
          <FoldLine
            key={id}
            isOpen={unfolded.has(id)}
            onToggle={() => toggle(id)}
            icon={<Brain size={14} aria-hidden />}
            line={
              <>
                <span className="shrink-0 text-muted">Reasoning</span>
                <span className="truncate text-muted">{part.text.trim().split('\n')[0]}</span>
              </>
            }
          >
            <div className="text-list text-muted">
              <Markdown text={part.text} />
            </div>
          </FoldLine>
        )
      })}
    </div>
  )
}
