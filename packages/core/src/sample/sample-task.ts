/** The task that the sample's recording answers. */

export const sampleModelId = 'recorded/sample'

export interface SampleTask {
  title: string
  prompt: string
  /** What is found in the sample repository; the recording was made with them. */
  gates: readonly { name: string; command: string }[]
}

/** The task; any other prompt is answered by the recording's clear error. */
export function sampleTask(): SampleTask {
  return {
    title: 'Splitting a bill loses a cent',
    prompt: [
      'A customer reports: splitting a bill of 10.00 among three people gives 3.33 each, 9.99 in all. A cent is lost.',
      '',
      'Find the bug and fix it. The shares must always add up to the bill.',
    ].join('\n'),
    gates: [{ name: 'test', command: 'npm test' }],
  }
}
