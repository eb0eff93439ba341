import type { Output } from '../io.ts'
import { fit } from './text.ts'

/** What is to appear: whole lines, running text, or the one line that says what happens now. */
export type Mark =
  | { kind: 'line'; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'status'; text: string }

/**
 * Puts marks on a terminal or into a pipe. On a terminal text appears as it comes and the
 * status stands below it until something takes its place; a pipe gets whole lines only and
 * no status, so that what is read there never changes.
 */
export class Screen {
  readonly #output: Output
  #isAtLineStart = true
  #status = ''
  #isStatusShown = false
  #heldText = ''

  constructor(output: Output) {
    this.#output = output
  }

  put(marks: readonly Mark[]): void {
    for (const mark of marks) this.#put(mark)
  }

  /** Takes the status away and ends an open line; for when something else is written. */
  end(): void {
    this.#status = ''
    this.#endText()
    this.#hideStatus()
  }

  #put(mark: Mark): void {
    if (mark.kind === 'status') this.#setStatus(mark.text)
    else if (mark.kind === 'line') {
      this.#endText()
      this.#write(`${mark.text}\n`)
      this.#showStatus()
    } else if (this.#output.isTty) {
      this.#write(mark.text)
      this.#showStatus()
    } else {
      this.#heldText += mark.text
      const end = this.#heldText.lastIndexOf('\n') + 1
      this.#write(this.#heldText.slice(0, end))
      this.#heldText = this.#heldText.slice(end)
    }
  }

  #setStatus(text: string): void {
    if (!this.#output.isTty || text === this.#status) return
    this.#status = text
    this.#hideStatus()
    this.#showStatus()
  }

  /** Ends text that has no line end yet. */
  #endText(): void {
    if (this.#heldText !== '') {
      this.#write(`${this.#heldText}\n`)
      this.#heldText = ''
    } else if (!this.#isAtLineStart) this.#write('\n')
  }

  #write(text: string): void {
    if (text === '') return
    this.#hideStatus()
    this.#output.write(text)
    this.#isAtLineStart = text.endsWith('\n')
  }

  // Return, then erase to the end of the line: ECMA-48 CR and EL.
  #hideStatus(): void {
    if (!this.#isStatusShown) return
    this.#output.write('\r\u001b[K')
    this.#isStatusShown = false
  }

  #showStatus(): void {
    if (this.#status === '' || !this.#isAtLineStart || this.#isStatusShown) return
    // One column short: a full line would wrap, and erasing takes one line only.
    this.#output.write(fit(this.#status, this.#output.columns() - 1))
    this.#isStatusShown = true
  }
}
