import type { Page } from '@sluice/contract/paging'
import { expect, test } from 'vitest'
import { findByPrefix } from './find-by-prefix.ts'

const ids = ['tsk_aaaa1111', 'tsk_aaaa2222', 'tsk_bbbb3333']

/** A list that gives one thing a page. */
async function list({ cursor }: { cursor?: string | undefined }): Promise<Page<{ id: string }>> {
  const at = Number(cursor ?? 0)
  return {
    items: [{ id: ids[at]! }],
    ...(at + 1 < ids.length ? { nextCursor: String(at + 1) } : {}),
  }
}

test('a beginning that one id has finds it, on whatever page and with or without the prefix', async () => {
  expect(await findByPrefix('bbbb', 'tsk', list)).toEqual({ id: 'tsk_bbbb3333' })
  expect(await findByPrefix('tsk_bbbb3', 'tsk', list)).toEqual({ id: 'tsk_bbbb3333' })
})

test('a beginning that several have is refused with their ids', async () => {
  await expect(findByPrefix('aaaa', 'tsk', list)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('tsk_aaaa2222'),
  })
})

test('nothing fits, or it is no id at all', async () => {
  expect(await findByPrefix('cccc', 'tsk', list)).toBeUndefined()
  expect(await findByPrefix('fix the parser', 'tsk', list)).toBeUndefined()
  await expect(findByPrefix('aa', 'tsk', list)).rejects.toMatchObject({ exitCode: 2 })
})
