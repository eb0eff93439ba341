import type { ChangeList } from '@sluice/contract/review'
import type { Task } from '@sluice/contract/task'
import { useEffect, useMemo, useRef, useState } from 'react'
import { client } from '../../app/api.ts'
import { notify } from '../../ui/notify.ts'
import { useShortcuts } from '../../ui/shortcuts.ts'
import { useCommentDraft } from './comment-draft.ts'
import { changesOf, rangeText, type Range } from './comments.logic.ts'
import { CommentEditor } from './comment-editor.tsx'
import { CommentThread } from './comment-thread.tsx'
import type { Note } from './diff-items.ts'
import { DiffScroll, type DiffScrollHandle } from './diff-scroll.tsx'
import { isImage } from './file-facts.logic.ts'
import { FileTree } from './file-tree.tsx'
import { inTreeOrder } from './file-tree.logic.ts'
import { ImagePair } from './image-pair.tsx'
import { FailedNote, LargeNote } from './notes.tsx'
import { ReviewToolbar } from './review-toolbar.tsx'
import { useReviewView } from './review-view.ts'
import { useComments } from './use-comments.ts'
import { usePatches } from './use-patches.ts'
import { useViewed } from './viewed.ts'

interface ReviewProps {
  taskId: Task['id']
  list: ChangeList
  file: string | undefined
  line: number | undefined
  canWrite: boolean
  onOpenFile: (file: string) => void
}

/** The tree of files, all their diffs in one scroll, comments between the lines, and the keys to go through it. */
export function Review(props: ReviewProps) {
  const [view, setView] = useReviewView()
  return <ReviewOf key={String(view.ignoreWhitespace)} {...props} view={view} onView={setView} />
}

function ReviewOf({
  taskId,
  list,
  file,
  line,
  canWrite,
  onOpenFile,
  view,
  onView,
}: ReviewProps & {
  view: ReturnType<typeof useReviewView>[0]
  onView: ReturnType<typeof useReviewView>[1]
}) {
  const files = useMemo(() => inTreeOrder(list.files), [list.files])
  const patches = usePatches(taskId, list.treeId, view.ignoreWhitespace)
  const [viewed, toggleViewed] = useViewed(list.treeId)
  const [folded, setFolded] = useState<ReadonlySet<string>>(viewed)
  const [active, setActive] = useState(file ?? files[0]?.path)
  const [selected, setSelected] = useState<Range | null>(null)
  const [draft, setDraft] = useCommentDraft(taskId)
  const { comments, add, actions } = useComments(taskId)
  const scroll = useRef<DiffScrollHandle>(null)
  const place = useRef<{ path: string | undefined; change: number }>({
    path: undefined,
    change: -1,
  })

  // The last files of a change cannot stand at the top: what was gone to stays the file in hand until somebody
  // scrolls away from it.
  const held = useRef<string | undefined>(undefined)
  const letGo = () => {
    held.current = undefined
  }

  const fold = (path: string, isFolded: boolean) => {
    const next = new Set(folded)
    if (isFolded) next.add(path)
    else next.delete(path)
    setFolded(next)
  }

  function goToFile(path: string): void {
    place.current = { path, change: -1 }
    held.current = path
    setActive(path)
    scroll.current?.toFile(path)
  }

  /** @param step 1 or −1 */
  function stepFile(step: number): void {
    const at = files.findIndex((one) => one.path === active)
    const next = files[Math.min(files.length - 1, Math.max(0, at + step))]
    if (next !== undefined) goToFile(next.path)
  }

  function stepChange(step: number): void {
    const path = place.current.path === active ? place.current.path : active
    const patch = patches.byPath.get(path ?? '')
    const changes = patch?.state === 'ready' && !folded.has(path ?? '') ? changesOf(patch.diff) : []
    const from = place.current.path === path ? place.current.change : step > 0 ? -1 : changes.length
    const to = changes[from + step]
    if (path !== undefined && to !== undefined) {
      place.current = { path, change: from + step }
      scroll.current?.toLines(path, to)
      setSelected({ path, ...to })
      return
    }
    stepFile(step)
  }

  function toggleActiveViewed(path: string | undefined): void {
    if (path === undefined) return
    const isViewed = toggleViewed(path)
    fold(path, isViewed)
  }

  function startComment(range: Range | null): void {
    if (!canWrite || range === null) return
    setDraft({ range, text: draft?.text ?? '' })
  }

  function commentHere(): void {
    if (!canWrite) {
      notify('Comments can be written while the change is under review')
      return
    }
    if (selected !== null) {
      startComment(selected)
      return
    }
    const patch = patches.byPath.get(active ?? '')
    const first = patch?.state === 'ready' ? changesOf(patch.diff)[0] : undefined
    if (active !== undefined && first !== undefined)
      startComment({ path: active, ...first, startLine: first.endLine })
  }

  useShortcuts('Changes', [
    { keys: 'j', label: 'Next file', run: () => stepFile(1) },
    { keys: 'k', label: 'Previous file', run: () => stepFile(-1) },
    { keys: 'n', label: 'Next change', run: () => stepChange(1) },
    { keys: 'p', label: 'Previous change', run: () => stepChange(-1) },
    {
      keys: 'v',
      label: 'Viewed, and on to the next file',
      run: () => {
        toggleActiveViewed(active)
        stepFile(1)
      },
    },
    { keys: 'c', label: 'Comment on the selected lines', run: commentHere },
  ])

  // The address names a file, perhaps a line: go there once its patch is here.
  const wantedPatch = file === undefined ? undefined : patches.byPath.get(file)
  const isWantedReady = wantedPatch?.state === 'ready'
  useEffect(() => {
    if (file === undefined) return
    const frame = requestAnimationFrame(() => {
      if (line !== undefined && isWantedReady)
        scroll.current?.toLines(file, { side: 'new', startLine: line, endLine: line })
      else scroll.current?.toFile(file)
    })
    return () => cancelAnimationFrame(frame)
  }, [file, line, isWantedReady])

  const counts = new Map<string, number>()
  for (const comment of comments) counts.set(comment.path, (counts.get(comment.path) ?? 0) + 1)
  const isAllFolded = files.every((one) => folded.has(one.path))

  function renderNote(note: Note) {
    switch (note.kind) {
      case 'comments':
        return <CommentThread comments={note.comments} actions={actions} canWrite={canWrite} />
      case 'editor':
        return (
          <CommentEditor
            label={`Comment on ${rangeText(note.range)}`}
            text={draft?.text ?? ''}
            onText={(text) => setDraft({ range: note.range, text })}
            onCancel={() => setDraft(null)}
            onSave={async () => {
              const isSaved = await add(note.range, draft?.text ?? '')
              if (isSaved) setDraft(null)
              return isSaved
            }}
          />
        )
      case 'image':
        return <ImagePair taskId={taskId} treeId={list.treeId} file={note.file} />
      case 'large':
        return <LargeNote file={note.file} onShow={() => patches.request(note.file, true)} />
      case 'failed':
        return <FailedNote message={note.message} onRetry={() => patches.request(note.file)} />
    }
  }

  return (
    <div className="flex h-full min-h-0 flex-col">
      <ReviewToolbar
        list={list}
        viewedCount={files.filter((one) => viewed.has(one.path)).length}
        draftCount={comments.filter((comment) => comment.status === 'draft').length}
        view={view}
        isAllFolded={isAllFolded}
        onView={onView}
        onFoldAll={() => setFolded(new Set(isAllFolded ? [] : files.map((one) => one.path)))}
      />
      <div className="flex min-h-0 flex-1 max-md:flex-col">
        {view.isTreeShown && (
          <div className="w-56 shrink-0 border-r border-separator max-md:h-40 max-md:w-full max-md:border-r-0 max-md:border-b">
            <FileTree
              files={files}
              active={active}
              viewed={viewed}
              commentCounts={counts}
              onOpen={(path) => {
                fold(path, false)
                goToFile(path)
                onOpenFile(path)
              }}
            />
          </div>
        )}
        <div
          role="presentation"
          className="min-h-0 min-w-0 flex-1"
          onWheel={letGo}
          onTouchMove={letGo}
          onPointerDown={letGo}
          onKeyDown={(event) => /^(Page|Arrow|Home|End| )/.test(event.key) && letGo()}
        >
          <DiffScroll
            handle={scroll}
            input={{
              files,
              patches: patches.byPath,
              comments,
              editor: draft?.range ?? null,
              folded,
              hasImage: (one) => isImage(one.path) && one.isBinary,
            }}
            diffStyle={view.style}
            viewed={viewed}
            onNear={(path) => {
              const near = files.find((one) => one.path === path)
              if (near !== undefined) patches.request(near)
            }}
            onActive={(path) => held.current === undefined && path !== active && setActive(path)}
            onSelect={setSelected}
            onComment={startComment}
            onFold={(path) => fold(path, !folded.has(path))}
            onViewed={toggleActiveViewed}
            renderNote={renderNote}
            loadFiles={async (diff) => {
              const read = async (path: string, side: 'old' | 'new') => ({
                name: path,
                contents: await (await client.review.file({ taskId, path, side })).text(),
                cacheKey: `${list.treeId}:${side}:${path}`,
              })
              const [oldFile, newFile] = await Promise.all([
                read(diff.prevName ?? diff.name, 'old'),
                read(diff.name, 'new'),
              ])
              return { oldFile, newFile }
            }}
          />
        </div>
      </div>
    </div>
  )
}
