import { create } from 'zustand'

export interface Question {
  title: string
  /** What will happen, where nothing is lost: "1 commit on `sluice/fix-date`". */
  says?: string
  /** What will be gone. */
  goes?: string
  /** What is kept. */
  stays?: string
  /** The verb on the button: "Remove repository". */
  action: string
  tone?: 'danger' | 'primary'
}

export const useConfirmStore = create<{
  open: { question: Question; answer: (yes: boolean) => void } | null
}>()(() => ({ open: null }))

/**
 * Asks before something that cannot be undone: what goes, what stays, and a button with the verb.
 * What can be undone is done at once, with `notifyUndo`.
 */
export function confirm(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    useConfirmStore.getState().open?.answer(false)
    const answer = (yes: boolean) => {
      useConfirmStore.setState({ open: null })
      resolve(yes)
    }
    useConfirmStore.setState({ open: { question, answer } })
  })
}
