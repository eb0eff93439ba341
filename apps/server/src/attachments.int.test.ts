import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeUnusedAttachments } from '@sluice/core/attachments'
import { sweepArtifacts } from '@sluice/core/tasks'
import { untilTask } from './testing/follow.ts'
import { openWorkbench, writes, type Workbench } from './testing/workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await openWorkbench()
})
afterAll(() => bench[Symbol.asyncDispose]())

// One transparent pixel.
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const give = (name: string, content: string | Buffer) =>
  bench.client.attachments.create({
    name,
    contentBase64: Buffer.from(content as string).toString('base64'),
  })

test('an image and a text reach the model with the prompt, stay in the conversation, and can be looked at', async () => {
  const { client } = bench
  const image = await give('../shots/before.png', Buffer.from(pixel, 'base64'))
  expect(image).toMatchObject({ name: 'before.png', contentType: 'image/png' })
  const text = await give('log.txt', 'line 42: boom\n')
  const repository = await bench.addRepository(
    { 'a.txt': 'first\n' },
    { check: 'grep right a.txt' },
  )
  bench.say(writes('a.txt', 'wrong\n'), { text: 'Done.' }, writes('a.txt', 'right\n'), {
    text: 'Done.',
  })
  const before = bench.asked().length
  const task = await bench.run(repository, 'As in the picture', ['waiting_approval'], {
    attachmentIds: [image.id, text.id],
  })
  expect(task.prompt).toBe('As in the picture')
  expect(task.attachments).toEqual([image, text])
  const asked = bench.asked().slice(before)
  expect(asked).toHaveLength(4)
  // Four calls over two rounds: each is given the picture as bytes, once.
  for (const { bodyText } of asked) {
    expect(bodyText.split(pixel)).toHaveLength(2)
    expect(bodyText).toContain('Attached file log.txt:\\n\\nline 42: boom')
  }
  // What is recorded of the conversation holds a reference only.
  const rows = await bench.server.database.db.querySystem<{ history: unknown }>(
    'select history from tasks where id = $1',
    [task.id],
  )
  expect(JSON.stringify(rows[0]!.history)).not.toContain(pixel.slice(0, 40))
  const file = await client.attachments.get({ attachmentId: image.id })
  expect(Buffer.from(await file.arrayBuffer()).toString('base64')).toBe(pixel)
  // The same prompt again comes with the same.
  bench.say({ text: 'Nothing to do.' })
  await client.tasks.cancel({ taskId: task.id })
  const again = await client.tasks.retry({ taskId: task.id })
  expect(again.attachments).toEqual([image, text])
  await untilTask(client, again, ['completed'])
})

test('what no model reads is refused with what to do instead, and a foreign or unknown id as well', async () => {
  const { client } = bench
  await expect(give('tool.zip', Buffer.from('PK\u0003\u0004\u0000'))).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining('Put other files into the repository'),
  })
  await expect(give('empty.txt', '')).rejects.toMatchObject({ code: 'invalid_input' })
  for (const [megabytes, code] of [
    [1, 'invalid_input'],
    [6, 'too_large'],
  ] as const)
    await expect(give('big.txt', Buffer.alloc(megabytes * 1024 ** 2, 'a'))).rejects.toMatchObject({
      code,
    })
  await expect(
    client.attachments.create({ name: 'a.txt', contentBase64: 'not base64!' }),
  ).rejects.toMatchObject({ code: 'invalid_input' })
  const repository = await bench.addRepository({ 'a.txt': 'first\n' })
  await expect(
    client.sessions.create({
      repositoryId: repository.id,
      prompt: 'Look',
      mode: 'isolated',
      attachmentIds: ['att_01a214c838697fc5b6bc7ed0fe734ba1' as never],
    }),
  ).rejects.toMatchObject({ code: 'not_found' })
})

test('a page with a script in it is handed out as plain text that no browser runs', async () => {
  const { id } = await give('page.html', '<script>alert(1)</script>')
  const response = await bench.server.fetch(`/api/attachments/${id}`, {
    headers: bench.headers,
  })
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
})

test('what was stored and never sent goes after a day, with its file', async () => {
  const unused = await give('unused.txt', 'x')
  const { core } = bench.server.server
  const inTwoDays = { ...core, clock: { now: () => new Date(Date.now() + 2 * 86_400_000) } }
  expect(await removeUnusedAttachments(core)).toBe(0)
  expect(await removeUnusedAttachments(inTwoDays)).toBeGreaterThan(0)
  await expect(bench.client.attachments.get({ attachmentId: unused.id })).rejects.toMatchObject({
    code: 'not_found',
  })
  expect(await sweepArtifacts(inTwoDays, new AbortController().signal)).toBeGreaterThan(0)
})
