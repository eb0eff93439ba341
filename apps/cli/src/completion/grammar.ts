import type { Command, Option } from 'commander'

/** What stands in a place: one of some words, something on the disk, or something the server knows. */
export type Place =
  | { kind: 'words'; words: readonly string[] }
  | { kind: 'folder' }
  | { kind: 'task' | 'session' | 'repo' }
  | { kind: 'free' }

export interface OptionGrammar {
  /** Such as `-m` and `--message`. */
  names: string[]
  description: string
  /** What its value is; undefined for a flag. */
  value: Place | undefined
}

/** A command as completion sees it. */
export interface CommandGrammar {
  name: string
  description: string
  options: OptionGrammar[]
  places: Place[]
  /** The last place may be filled again and again. */
  isOpenEnded: boolean
  commands: CommandGrammar[]
}

const named: Readonly<Record<string, Place>> = {
  task: { kind: 'task' },
  session: { kind: 'session' },
  repo: { kind: 'repo' },
  folder: { kind: 'folder' },
}

function placeOf(name: string, choices: readonly string[] | undefined): Place {
  if (choices !== undefined) return { kind: 'words', words: choices }
  return named[name] ?? { kind: 'free' }
}

function optionGrammar(option: Option): OptionGrammar {
  const value = /[<[]([^>\].]+)/.exec(option.flags)?.[1]
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    description: option.description,
    value: value === undefined ? undefined : placeOf(value, option.argChoices),
  }
}

/** Reads the grammar off the program, so that completion never lags behind it. */
export function grammarOf(command: Command): CommandGrammar {
  const help = command.createHelp()
  const last = command.registeredArguments.at(-1)
  return {
    name: command.name(),
    description: command.description(),
    options: help.visibleOptions(command).map(optionGrammar),
    places: command.registeredArguments.map((argument) =>
      placeOf(argument.name(), argument.argChoices),
    ),
    isOpenEnded: last?.variadic ?? false,
    commands: help
      .visibleCommands(command)
      .filter((sub) => sub.name() !== 'help')
      .map(grammarOf),
  }
}
