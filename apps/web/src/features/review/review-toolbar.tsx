import type { ChangeList } from '@sluice/contract/review'
import { Columns2, FoldVertical, PanelLeft, Pilcrow, Rows2, UnfoldVertical } from 'lucide-react'
import type { ReactNode } from 'react'
import { ChangedLines } from '../../ui/changed-lines.tsx'
import { plural } from '../../ui/format.ts'

export interface ReviewView {
  style: 'split' | 'unified'
  ignoreWhitespace: boolean
  isTreeShown: boolean
}

function Toggle({
  label,
  icon,
  isOn,
  onPress,
}: {
  label: string
  icon: ReactNode
  isOn?: boolean
  onPress: () => void
}) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      aria-label={label}
      title={label}
      onClick={onPress}
      className={`flex size-8 shrink-0 cursor-pointer items-center justify-center rounded-md pointer-coarse:size-10 ${isOn === true ? 'bg-accent-soft text-accent' : 'text-muted hover:bg-default hover:text-foreground'}`}
    >
      {icon}
    </button>
  )
}

/** Above the diffs: what the change amounts to, and how it is looked at. */
export function ReviewToolbar({
  list,
  viewedCount,
  draftCount,
  view,
  isAllFolded,
  onView,
  onFoldAll,
}: {
  list: ChangeList
  viewedCount: number
  draftCount: number
  view: ReviewView
  isAllFolded: boolean
  onView: (view: ReviewView) => void
  onFoldAll: () => void
}) {
  return (
    <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-separator px-2">
      <Toggle
        label={view.isTreeShown ? 'Hide file tree' : 'Show file tree'}
        icon={<PanelLeft size={15} aria-hidden />}
        isOn={view.isTreeShown}
        onPress={() => onView({ ...view, isTreeShown: !view.isTreeShown })}
      />
      <span className="flex items-center gap-2 text-list whitespace-nowrap">
        {plural(list.files.length, 'file')}{' '}
        <ChangedLines additions={list.additions} deletions={list.deletions} />
      </span>
      <span className="text-xs whitespace-nowrap text-muted tabular-nums max-sm:hidden">
        {viewedCount} of {list.files.length} viewed
      </span>
      {draftCount > 0 && (
        <span className="text-xs whitespace-nowrap text-warning max-sm:hidden">
          {plural(draftCount, 'draft comment')}
        </span>
      )}
      <span className="ml-auto flex items-center max-sm:-mr-1">
        <Toggle
          label="Hide changes of white space"
          icon={<Pilcrow size={15} aria-hidden />}
          isOn={view.ignoreWhitespace}
          onPress={() => onView({ ...view, ignoreWhitespace: !view.ignoreWhitespace })}
        />
        <Toggle
          label={isAllFolded ? 'Unfold all files' : 'Fold all files'}
          icon={
            isAllFolded ? (
              <UnfoldVertical size={15} aria-hidden />
            ) : (
              <FoldVertical size={15} aria-hidden />
            )
          }
          onPress={onFoldAll}
        />
        <Toggle
          label="Side by side"
          icon={<Columns2 size={15} aria-hidden />}
          isOn={view.style === 'split'}
          onPress={() => onView({ ...view, style: 'split' })}
        />
        <Toggle
          label="Unified"
          icon={<Rows2 size={15} aria-hidden />}
          isOn={view.style === 'unified'}
          onPress={() => onView({ ...view, style: 'unified' })}
        />
      </span>
    </div>
  )
}
