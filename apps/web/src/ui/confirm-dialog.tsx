import { Button } from './button.tsx'
import { useConfirmStore } from './confirm.ts'
import { Dialog } from './dialog.tsx'

/** The dialog that `confirm` opens. */
export default function ConfirmDialog() {
  const open = useConfirmStore((state) => state.open)
  if (open === null) return null
  const { question, answer } = open
  return (
    <Dialog
      isOpen
      onClose={() => answer(false)}
      title={question.title}
      size="sm"
      footer={
        <>
          <Button onPress={() => answer(false)}>Cancel</Button>
          <Button
            variant={question.tone ?? 'danger'}
            autoFocus={question.tone === 'primary'}
            onPress={() => answer(true)}
          >
            {question.action}
          </Button>
        </>
      }
    >
      {question.says !== undefined && <p className="whitespace-pre-line">{question.says}</p>}
      <dl className="grid gap-2 text-list">
        {question.goes !== undefined && (
          <div>
            <dt className="font-medium">Goes</dt>
            <dd className="text-muted">{question.goes}</dd>
          </div>
        )}
        {question.stays !== undefined && (
          <div>
            <dt className="font-medium">Stays</dt>
            <dd className="text-muted">{question.stays}</dd>
          </div>
        )}
      </dl>
    </Dialog>
  )
}
