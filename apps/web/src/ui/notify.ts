import { problemOf } from './problem.ts'

const UNDO_MS = 8000
const ERROR_MS = 12_000

// Toasts are no part of the first load.
const loadToast = async () => (await import('./toaster.tsx')).toast

/** Says that something was done. */
export function notify(message: string, description?: string): void {
  void loadToast().then((toast) => toast(message, description === undefined ? {} : { description }))
}

/** Says that something was done and offers to take it back while the toast stands. */
export function notifyUndo(message: string, undo: () => void): void {
  void loadToast().then((toast) => {
    const key = toast(message, {
      timeout: UNDO_MS,
      actionProps: {
        children: 'Undo',
        onPress: () => {
          toast.close(key)
          undo()
        },
      },
    })
  })
}

/** Says what failed, what the server said of it, and the id to ask about. */
export function notifyError(message: string, cause?: unknown): void {
  const problem = cause === undefined ? undefined : problemOf(cause)
  const id = problem?.errorId === undefined ? '' : ` (error ${problem.errorId})`
  const description = problem === undefined ? undefined : `${problem.message}${id}`
  void loadToast().then((toast) => toast.danger(message, { description, timeout: ERROR_MS }))
}
