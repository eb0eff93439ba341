import { useState } from 'react'
import { notifyError } from '../../ui/notify.ts'

function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

/** Fetches a file through the API, with its credentials and errors, and hands it to the browser to save. */
export function useSavedBlob(): {
  isPending: boolean
  run: (name: string, read: () => Promise<Blob>) => Promise<void>
} {
  const [isPending, setIsPending] = useState(false)
  return {
    isPending,
    async run(name, read) {
      if (isPending) return
      setIsPending(true)
      try {
        saveBlob(name, await read())
      } catch (cause) {
        notifyError(`${name} could not be downloaded`, cause)
      } finally {
        setIsPending(false)
      }
    },
  }
}
