/** Images in a conversation: it holds references, so that it stays small in every record, and a call gets the bytes. */
import type { ModelMessage } from '@sluice/llm/model'
import type { AgentDeps, PromptImage } from '../agent.ts'

type UserMessage = Extract<ModelMessage, { role: 'user' }>
type UserPart = UserMessage['content'][number]

/** The name under which a reference of ours stands among those of vendors. */
const ours = 'sluice'

export function imagePart({ id, name, mediaType }: PromptImage): UserPart {
  return {
    type: 'file',
    mediaType,
    filename: name,
    data: { type: 'reference', reference: { [ours]: id } },
  }
}

/** The conversation as a model is given it. Without images it is the same, to the byte. */
export async function withImages(
  prompt: readonly ModelMessage[],
  readImage: AgentDeps['readImage'],
): Promise<ModelMessage[]> {
  return Promise.all(
    prompt.map(async (message) => {
      if (message.role !== 'user' || message.content.every((part) => idOf(part) === undefined))
        return message
      const content = await Promise.all(message.content.map((part) => withBytes(part, readImage)))
      return { ...message, content }
    }),
  )
}

function idOf(part: UserPart): string | undefined {
  return part.type === 'file' && part.data.type === 'reference'
    ? part.data.reference[ours]
    : undefined
}

async function withBytes(part: UserPart, readImage: AgentDeps['readImage']): Promise<UserPart> {
  const id = idOf(part)
  if (id === undefined || part.type !== 'file') return part
  if (readImage === undefined) throw new Error(`Nothing here can read the image ${id}`)
  return { ...part, data: { type: 'data', data: await readImage(id) } }
}
