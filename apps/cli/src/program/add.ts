import { type Command, InvalidArgumentError } from 'commander'
import type { GlobalOptions } from '../context.ts'
import type { Runner } from '../run-types.ts'

/** Adds some commands to the program. */
export type Add = (program: Command, runner: Runner, global: () => GlobalOptions) => void

/** Reads a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
  }
}
