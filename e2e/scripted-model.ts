import {
  type ScriptedAnswer,
  type ScriptedProvider,
  type ScriptedRequest,
  startScriptedProvider,
} from '@sluice/testing/scripted-provider'

/** What the model says wherever it is not asked for a turn of the agent: to a test, and for a commit message. */
export const shortAnswer = 'Check the argument of both parsers in one place'

type Turn = ScriptedAnswer | (() => ScriptedAnswer)

/** A model over real HTTP that says what a test tells it to. */
export interface ScriptedModel extends AsyncDisposable {
  provider: ScriptedProvider
  key: string
  /** What it answers to the agent's next requests, in order; after them it says that it is done. */
  say(...turns: Turn[]): void
  /** The agent's requests so far: those that offer tools. */
  asked(): ScriptedRequest[]
}

export async function openScriptedModel(
  models: string[] = ['house-model'],
): Promise<ScriptedModel> {
  const key = 'a-key-for-tests'
  const queue: Turn[] = []
  const isTurn = ({ body }: ScriptedRequest) =>
    Array.isArray(body['tools']) && body['tools'].length > 0
  const provider = await startScriptedProvider(
    (request) => {
      if (!isTurn(request)) return { text: shortAnswer }
      const turn = queue.shift() ?? { text: 'Done.' }
      return typeof turn === 'function' ? turn() : turn
    },
    { acceptedKey: key, models },
  )
  return {
    provider,
    key,
    say: (...turns) => void queue.splice(0, queue.length, ...turns),
    asked: () => provider.requests.filter(isTurn),
    [Symbol.asyncDispose]: () => provider.close(),
  }
}

/** The answer of a model that calls tools. */
export const calls = (...toolCalls: [name: string, input: object][]): ScriptedAnswer => ({
  toolCalls: toolCalls.map(([name, input]) => ({ name, input })),
})

/** The answer of a model that replaces pieces of a file, each of which stands there once. */
export const edits = (path: string, ...pieces: [old: string, next: string][]): ScriptedAnswer =>
  calls(
    ...pieces.map(([old_text, new_text]): [string, object] => [
      'edit_file',
      { path, old_text, new_text },
    ]),
  )
