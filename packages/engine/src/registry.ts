import type { RunDefinition } from './types.ts'

/** The kinds of runs that this process knows. */
export interface Registry {
  add<I, O>(definition: RunDefinition<I, O>): void
  find(kind: string): RunDefinition<unknown, unknown> | undefined
  /** @throws Error for a kind that was never registered: a defect of the caller */
  require(kind: string): RunDefinition<unknown, unknown>
  kinds(): string[]
  /** No kind may be added from here on. */
  seal(): void
}

export function createRegistry(): Registry {
  const definitions = new Map<string, RunDefinition<unknown, unknown>>()
  let sealed = false
  const find = (kind: string) => definitions.get(kind)
  return {
    add(definition) {
      if (sealed) throw new Error(`The run kind ${definition.kind} is registered after the launch`)
      if (definitions.has(definition.kind))
        throw new Error(`The run kind ${definition.kind} is registered twice`)
      if (!/^[a-z][a-z0-9._-]{0,99}$/.test(definition.kind))
        throw new Error(`"${definition.kind}" is no name for a run kind`)
      // Input and output are checked by the definition's own schema before they reach it, so the types are safe to forget here.
      definitions.set(definition.kind, definition as unknown as RunDefinition<unknown, unknown>)
    },
    find,
    require(kind) {
      const definition = find(kind)
      if (!definition) throw new Error(`The run kind ${kind} is not registered`)
      return definition
    },
    kinds: () => [...definitions.keys()],
    seal() {
      sealed = true
    },
  }
}
