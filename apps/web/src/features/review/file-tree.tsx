import type { FileChange } from '@sluice/contract/review'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Check, ChevronRight, MessageSquare } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { ChangedLines } from '../../ui/changed-lines.tsx'
import { statusLooks } from './file-facts.logic.ts'
import { treeOf, type FileNode, type FolderNode } from './file-tree.logic.ts'

const ROW_PX = 26

function FileRow({
  node,
  isActive,
  isViewed,
  comments,
  onOpen,
}: {
  node: FileNode
  isActive: boolean
  isViewed: boolean
  comments: number
  onOpen: () => void
}) {
  const look = statusLooks[node.file.status]
  return (
    <button
      type="button"
      onClick={onOpen}
      aria-current={isActive ? 'true' : undefined}
      title={node.file.oldPath === null ? node.path : `${node.file.oldPath} → ${node.path}`}
      className={`flex h-full w-full min-w-0 cursor-pointer items-center gap-1.5 rounded pr-2 text-left text-list ${isActive ? 'bg-accent-soft' : 'hover:bg-default'}`}
      style={{ paddingLeft: 8 + node.depth * 12 }}
    >
      <span
        className={`w-3 shrink-0 font-mono text-xs ${look.tone}`}
        aria-label={look.word}
        title={look.word}
      >
        {look.letter}
      </span>
      <span className={`min-w-0 flex-1 truncate ${isViewed ? 'text-muted' : ''}`}>{node.name}</span>
      {comments > 0 && (
        <span
          className="flex shrink-0 items-center gap-0.5 text-xs text-accent"
          aria-label={`${comments} comments`}
        >
          <MessageSquare size={11} aria-hidden /> {comments}
        </span>
      )}
      {isViewed && <Check size={12} className="shrink-0 text-success" aria-label="Viewed" />}
      {node.file.additions + node.file.deletions > 0 && (
        <ChangedLines additions={node.file.additions} deletions={node.file.deletions} />
      )}
    </button>
  )
}

function FolderRow({
  node,
  isClosed,
  onToggle,
}: {
  node: FolderNode
  isClosed: boolean
  onToggle: () => void
}) {
  return (
    <button
      type="button"
      aria-expanded={!isClosed}
      onClick={onToggle}
      className="flex h-full w-full min-w-0 cursor-pointer items-center gap-1 rounded pr-2 text-left text-list text-muted hover:bg-default"
      style={{ paddingLeft: 6 + node.depth * 12 }}
    >
      <ChevronRight size={13} aria-hidden className={`shrink-0 ${isClosed ? '' : 'rotate-90'}`} />
      <span className="truncate">{node.name}</span>
    </button>
  )
}

/** The changed files as a tree, each with its mark, its counts, its comments and whether it was viewed. */
export function FileTree({
  files,
  active,
  viewed,
  commentCounts,
  onOpen,
}: {
  files: readonly FileChange[]
  active: string | undefined
  viewed: ReadonlySet<string>
  commentCounts: ReadonlyMap<string, number>
  onOpen: (path: string) => void
}) {
  const scroller = useRef<HTMLElement>(null)
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const nodes = treeOf(files, closed)
  const virtualizer = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => scroller.current,
    getItemKey: (at) => `${nodes[at]?.kind}:${nodes[at]?.path}`,
    estimateSize: () => ROW_PX,
    overscan: 20,
  })
  // The list's scroll is outside of React: the file in hand comes into sight, however it was reached, once; after
  // that the reader scrolls and folds as they like.
  const activeAt = nodes.findIndex((node) => node.kind === 'file' && node.path === active)
  const shown = useRef<string | undefined>(undefined)
  useEffect(() => {
    if (activeAt < 0 || shown.current === active) return
    shown.current = active
    virtualizer.scrollToIndex(activeAt, { align: 'auto' })
  }, [active, activeAt, virtualizer])
  return (
    <nav ref={scroller} aria-label="Changed files" className="h-full overflow-y-auto p-1">
      <div className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((row) => {
          const node = nodes[row.index]
          if (node === undefined) return null
          return (
            <div
              key={row.key}
              className="absolute inset-x-0 top-0"
              style={{ height: ROW_PX, transform: `translateY(${row.start}px)` }}
            >
              {node.kind === 'file' ? (
                <FileRow
                  node={node}
                  isActive={node.path === active}
                  isViewed={viewed.has(node.path)}
                  comments={commentCounts.get(node.path) ?? 0}
                  onOpen={() => onOpen(node.path)}
                />
              ) : (
                <FolderRow
                  node={node}
                  isClosed={closed.has(node.path)}
                  onToggle={() => {
                    const next = new Set(closed)
                    if (!next.delete(node.path)) next.add(node.path)
                    setClosed(next)
                  }}
                />
              )}
            </div>
          )
        })}
      </div>
    </nav>
  )
}
