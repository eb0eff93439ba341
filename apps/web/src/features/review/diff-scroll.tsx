import type { CodeViewLineSelection, FileDiffMetadata, SelectedLineRange } from '@pierre/diffs'
import { CodeView, type CodeViewHandle } from '@pierre/diffs/react'
import type { FileChange } from '@sluice/contract/review'
import {
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type ReactNode,
  type Ref,
} from 'react'
import { resolveTheme } from '../../ui/theme.ts'
import { useUiStore } from '../../ui/ui-store.ts'
import { rangeOf, type Range } from './comments.logic.ts'
import {
  createItemList,
  isWaitingForLines,
  type DiffItemInput,
  type Note,
  type Noted,
} from './diff-items.ts'
import { FileHeader, HEADER_PX } from './file-header.tsx'
import { useLatest } from './use-latest.ts'

const darkScheme = window.matchMedia('(prefers-color-scheme: dark)')
function followScheme(listener: () => void): () => void {
  darkScheme.addEventListener('change', listener)
  return () => darkScheme.removeEventListener('change', listener)
}

function useResolvedTheme(): 'light' | 'dark' {
  const theme = useUiStore((state) => state.theme)
  return useSyncExternalStore(followScheme, () => resolveTheme(theme))
}

/** The view's own colours and letters give way to the page's. */
const css = `
  :host {
    --diffs-font-family: var(--font-mono);
    --diffs-font-size: 12px;
    --diffs-line-height: 20px;
    --diffs-light-bg: var(--surface);
    --diffs-dark-bg: var(--surface);
  }
`

export interface DiffScrollHandle {
  toFile: (path: string) => void
  toLines: (path: string, place: Pick<Range, 'side' | 'startLine' | 'endLine'>) => void
}

/** All files of a change in one scroll: only the lines in view are in the page, patches come as their files near. */
export function DiffScroll({
  input,
  diffStyle,
  viewed,
  handle,
  onNear,
  onActive,
  onSelect,
  onComment,
  onFold,
  onViewed,
  renderNote,
  loadFiles,
}: {
  input: DiffItemInput
  diffStyle: 'split' | 'unified'
  viewed: ReadonlySet<string>
  handle: Ref<DiffScrollHandle>
  /** A file came near the view. */
  onNear: (path: string) => void
  /** Another file stands at the top. */
  onActive: (path: string) => void
  onSelect: (range: Range | null) => void
  onComment: (range: Range) => void
  onFold: (path: string) => void
  onViewed: (path: string) => void
  renderNote: (note: Note) => ReactNode
  loadFiles: (diff: FileDiffMetadata) => Promise<{
    oldFile: { name: string; contents: string; cacheKey: string }
    newFile: { name: string; contents: string; cacheKey: string }
  }>
}) {
  const view = useRef<CodeViewHandle<Noted, undefined>>(null)
  const themeType = useResolvedTheme()
  const [toItems] = useState(createItemList)
  const items = toItems(input)
  const byPath = useMemo(() => new Map(input.files.map((file) => [file.path, file])), [input.files])
  const near = useLatest(onNear)
  const comment = useLatest(onComment)
  const load = useLatest(loadFiles)

  const options = useMemo(
    () => ({
      theme: { dark: 'pierre-dark', light: 'pierre-light' },
      themeType,
      diffStyle,
      overflow: 'scroll' as const,
      stickyHeaders: true,
      lineDiffType: 'word-alt' as const,
      diffIndicators: 'classic' as const,
      hunkSeparators: 'line-info' as const,
      expansionLineCount: 20,
      itemMetrics: { diffHeaderHeight: HEADER_PX, lineHeight: 20 },
      layout: { paddingTop: 0, paddingBottom: 240, gap: 0 },
      enableGutterUtility: true,
      enableLineSelection: true,
      unsafeCSS: css,
      loadDiffFiles: load,
      parseDiffOptions: { disableLineMatching: true },
      // Whatever the view draws is near: asking for a patch twice does nothing.
      onPostRender: (
        _node: HTMLElement,
        _view: unknown,
        _phase: unknown,
        context: { item: { id: string } },
      ) => near(context.item.id),
      onGutterUtilityClick: (range: SelectedLineRange, context: { item: { id: string } }) =>
        comment(rangeOf(context.item.id, range)),
    }),
    [themeType, diffStyle, load, comment, near],
  )

  /** Which file stands at the top. */
  const lookAround = useLatest(() => {
    const viewer = view.current?.getInstance()
    if (viewer === undefined) return
    const top = viewer.getContainerElement()?.scrollTop ?? 0
    let active: string | undefined
    for (const one of viewer.getRenderedItems()) {
      const itemTop = viewer.getTopForItem(one.id)
      if (itemTop !== undefined && (active === undefined || itemTop <= top + HEADER_PX))
        active = one.id
    }
    if (active !== undefined) onActive(active)
  })
  useImperativeHandle(handle, () => ({
    toFile: (path) => view.current?.scrollTo({ type: 'item', id: path, align: 'start' }),
    toLines: (path, place) => {
      const side = place.side === 'old' ? ('deletions' as const) : ('additions' as const)
      view.current?.scrollTo({
        type: 'line',
        id: path,
        lineNumber: place.startLine,
        side,
        align: 'center',
      })
      view.current?.setSelectedLines({
        id: path,
        range: { start: place.startLine, end: place.endLine, side, endSide: side },
      })
    },
  }))

  return (
    <CodeView<Noted>
      ref={view}
      className="h-full overflow-auto bg-surface"
      items={items}
      options={options}
      onScroll={lookAround}
      onSelectedLinesChange={(selection: CodeViewLineSelection | null) =>
        onSelect(selection === null ? null : rangeOf(selection.id, selection.range))
      }
      renderCustomHeader={(item) => {
        const file: FileChange | undefined = byPath.get(item.id)
        return (
          file !== undefined && (
            <FileHeader
              file={file}
              isFolded={input.folded.has(file.path)}
              isViewed={viewed.has(file.path)}
              isLoading={isWaitingForLines(input, file)}
              onFold={() => onFold(file.path)}
              onViewed={() => onViewed(file.path)}
            />
          )
        )
      }}
      renderAnnotation={(...args) => renderNote(args[0].metadata.note)}
    />
  )
}
