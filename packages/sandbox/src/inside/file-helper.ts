/**
 * The resident process inside a bubblewrap sandbox that does its file operations. It has process and mount namespaces of
 * its own, so commands of the sandbox cannot reach it. Speaks frames on stdin and stdout and ends when stdin ends.
 */
import { FileError } from './contained-path.ts'
import {
  listEntries,
  readWholeFile,
  replaceFile,
  statEntry,
  unlinkFile,
} from './file-operations.ts'
import { encodeFrame, FrameReader } from './frames.ts'

export interface FileRequest {
  id: number
  root: string
  operation: 'read' | 'write' | 'remove' | 'list' | 'stat'
  path: string
  maxBytes?: number
  executable?: boolean
  recursive?: boolean
  limit?: number
}

export type FileAnswer =
  | { id: number; ok: true; value?: unknown }
  | { id: number; ok: false; code: string; message: string }

async function answer(request: FileRequest, body: Buffer): Promise<void> {
  try {
    const { value, bytes } = await perform(request, body)
    send({ id: request.id, ok: true, value }, bytes)
  } catch (error) {
    const code = error instanceof FileError ? error.code : 'io_failed'
    send({
      id: request.id,
      ok: false,
      code,
      message: error instanceof Error ? error.message : String(error),
    })
  }
}

async function perform(
  request: FileRequest,
  body: Buffer,
): Promise<{ value?: unknown; bytes?: Buffer }> {
  const { root, path } = request
  switch (request.operation) {
    case 'read':
      return { bytes: await readWholeFile(root, path, request.maxBytes ?? 0) }
    case 'write':
      return { value: await replaceFile(root, path, body, request.executable) }
    case 'remove':
      return { value: await unlinkFile(root, path) }
    case 'list':
      return {
        value: await listEntries(root, path, request.recursive ?? false, request.limit ?? 0),
      }
    case 'stat':
      return { value: await statEntry(root, path) }
  }
}

function send(header: FileAnswer, body?: Buffer): void {
  process.stdout.write(encodeFrame(header, body))
}

const reader = new FrameReader()
process.stdin.on('data', (chunk: Buffer) => {
  for (const frame of reader.push(chunk)) void answer(frame.header as FileRequest, frame.body)
})
process.stdin.on('end', () => process.exit(0))
