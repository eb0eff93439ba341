import type { CommandGrammar, OptionGrammar, Place } from './grammar.ts'

export interface Candidate {
  value: string
  description: string
}

/** What can stand where the cursor is. */
export interface Completion {
  /** Words that are known without asking anybody, those that fit what is typed. */
  candidates: Candidate[]
  /** What else fits there; whoever asks looks it up. */
  place: Place
}

const nothing: Place = { kind: 'free' }

/**
 * What the words typed so far can go on with.
 * @param words all words after the command's own name; the last is the one being typed, maybe empty
 */
export function complete(root: CommandGrammar, words: readonly string[]): Completion {
  const typed = words.at(-1) ?? ''
  const state = walk(root, words.slice(0, -1))
  if (state.awaited !== undefined) return atPlace(state.awaited, typed)
  if (!state.hasEnded && typed.startsWith('-')) {
    const equals = typed.indexOf('=')
    if (equals > 0) return afterEquals(state.options, typed, equals)
    const candidates = state.options.flatMap(({ names, description }) =>
      names.filter((name) => name.startsWith(typed)).map((value) => ({ value, description })),
    )
    return { candidates, place: nothing }
  }
  const { command, filled } = state
  const commands =
    filled === 0
      ? command.commands
          .filter(({ name }) => name.startsWith(typed))
          .map(({ name, description }) => ({ value: name, description }))
      : []
  const place = command.places[filled] ?? (command.isOpenEnded ? command.places.at(-1) : undefined)
  const there = atPlace(place ?? nothing, typed)
  return { candidates: [...commands, ...there.candidates], place: there.place }
}

interface State {
  command: CommandGrammar
  /** Those of the command and of all above it: options may stand anywhere. */
  options: OptionGrammar[]
  filled: number
  /** The value of the option that was typed last. */
  awaited: Place | undefined
  /** `--` was typed: nothing after it is an option. */
  hasEnded: boolean
}

function walk(root: CommandGrammar, words: readonly string[]): State {
  const state: State = {
    command: root,
    options: root.options,
    filled: 0,
    awaited: undefined,
    hasEnded: false,
  }
  for (const word of words) {
    if (state.awaited !== undefined) state.awaited = undefined
    else if (!state.hasEnded && word === '--') state.hasEnded = true
    else if (!state.hasEnded && word.startsWith('-') && word !== '-') {
      state.awaited = state.options.find(({ names }) => names.includes(word))?.value
    } else {
      const next =
        state.filled === 0 ? state.command.commands.find(({ name }) => name === word) : undefined
      if (next === undefined) state.filled += 1
      else {
        state.command = next
        state.options = [...state.options, ...next.options]
      }
    }
  }
  return state
}

function atPlace(place: Place, typed: string): Completion {
  if (place.kind !== 'words') return { candidates: [], place }
  const fitting = place.words.filter((word) => word.startsWith(typed))
  return { candidates: fitting.map((value) => ({ value, description: '' })), place: nothing }
}

/** `--mode=iso`: the shell replaces the whole word, so candidates carry the option too. */
function afterEquals(options: readonly OptionGrammar[], typed: string, equals: number): Completion {
  const name = typed.slice(0, equals)
  const value = options.find(({ names }) => names.includes(name))?.value
  if (value === undefined) return { candidates: [], place: nothing }
  const { candidates } = atPlace(value, typed.slice(equals + 1))
  return {
    candidates: candidates.map((candidate) => ({
      ...candidate,
      value: `${name}=${candidate.value}`,
    })),
    place: nothing,
  }
}
