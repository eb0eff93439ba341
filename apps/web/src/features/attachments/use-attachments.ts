import type { Attachment } from '@sluice/contract/attachment'
import type { AttachmentId } from '@sluice/contract/ids'
import { useState, type ClipboardEvent, type DragEvent } from 'react'
import { client } from '../../app/api.ts'
import { problemOf } from '../../ui/problem.ts'
import { readKept, refusalOf, storedOf, type Given } from './attachments.logic.ts'

const PREFIX = 'sluice.draft.attachments.'

export interface Attachments {
  given: readonly Given[]
  /** To be sent with the prompt. */
  ids: AttachmentId[]
  isSending: boolean
  add: (files: Iterable<File>) => void
  remove: (key: string) => void
  clear: () => void
  /** For the field that prompts are written in: files that are pasted or dropped on it. */
  handlers: {
    onPaste: (event: ClipboardEvent) => void
    onDrop: (event: DragEvent) => void
    onDragOver: (event: DragEvent) => void
  }
}

/** What is given along with a prompt: stored at once, so that sending is quick, and kept with the draft. */
export function useAttachments(draftKey: string): Attachments {
  const [given, setGiven] = useState<readonly Given[]>(() =>
    readKept(localStorage.getItem(PREFIX + draftKey)),
  )
  const change = (next: (before: readonly Given[]) => readonly Given[]) =>
    setGiven((before) => {
      const after = next(before)
      keep(PREFIX + draftKey, storedOf(after))
      return after
    })

  async function send(key: string, file: File): Promise<void> {
    const settle = (
      how: { state: 'stored'; attachment: Attachment } | { state: 'refused'; problem: string },
    ) =>
      change((before) =>
        before.map((one) => (one.key === key ? { key, name: one.name, ...how } : one)),
      )
    try {
      const contentBase64 = await toBase64(file)
      settle({
        state: 'stored',
        attachment: await client.attachments.create({ name: file.name, contentBase64 }),
      })
    } catch (cause) {
      settle({ state: 'refused', problem: problemOf(cause).message })
    }
  }

  function add(files: Iterable<File>): void {
    let known = given
    for (const file of files) {
      const key = crypto.getRandomValues(new Uint32Array(2)).join('-')
      const name = file.name === '' ? 'image' : file.name
      const problem = refusalOf(file, known)
      const one: Given =
        problem === undefined
          ? { key, name, state: 'sending' }
          : { key, name, state: 'refused', problem }
      known = [...known, one]
      change((before) => [...before, one])
      if (problem === undefined) void send(key, file)
    }
  }

  const take = (event: ClipboardEvent | DragEvent, files: FileList | undefined) => {
    if (files === undefined || files.length === 0) return
    event.preventDefault()
    add(files)
  }
  return {
    given,
    ids: storedOf(given).map(({ id }) => id),
    isSending: given.some(({ state }) => state === 'sending'),
    add,
    remove: (key) => change((before) => before.filter((one) => one.key !== key)),
    clear: () => change(() => []),
    handlers: {
      onPaste: (event) => take(event, event.clipboardData.files),
      onDrop: (event) => take(event, event.dataTransfer.files),
      onDragOver: (event) => {
        if (event.dataTransfer.types.includes('Files')) event.preventDefault()
      },
    },
  }
}

function keep(key: string, stored: readonly Attachment[]): void {
  try {
    if (stored.length === 0) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(stored))
  } catch {
    // Storage is full: they are still there to be sent, and only do not outlive the page.
  }
}

function toBase64(file: File): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const reader = new FileReader()
  reader.addEventListener('load', () => {
    const url = reader.result as string
    resolve(url.slice(url.indexOf(',') + 1))
  })
  reader.addEventListener('error', () =>
    reject(reader.error ?? new Error('The file could not be read.')),
  )
  reader.readAsDataURL(file)
  return promise
}
