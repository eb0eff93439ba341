/**
 * What the recorded model says, turn by turn. The requests around it come from running the
 * real agent over it (`record-sample.fixture.ts`), so the recording holds exactly what the agent asks.
 */

export interface ScriptedTurn {
  text: string
  calls?: readonly { name: string; input: Readonly<Record<string, unknown>> }[]
  /** Before the first word, and for all of them. */
  pacing: { firstPartMs: number; totalMs: number }
}

const plan = (...statuses: ('pending' | 'in_progress' | 'completed')[]) => ({
  name: 'update_plan',
  input: {
    items: ['Find where the cent is lost', 'Mend the even split', 'Check the reported case'].map((text, index) => ({
      text,
      status: statuses[index] ?? 'pending',
    })),
  },
})

/** One list for each prompt: the task, then the failed gate. */
export const conversation: readonly (readonly ScriptedTurn[])[] = [
  [
    {
      text: "I'll look at how the library splits a bill and what its tests expect.",
      calls: [
        { name: 'list_files', input: { depth: 2 } },
        { name: 'read_file', input: { path: 'src/split.js' } },
        { name: 'read_file', input: { path: 'test/split.js' } },
      ],
      pacing: { firstPartMs: 350, totalMs: 400 },
    },
    {
      text: '`splitEvenly` rounds every share down: 1000 cents among three gives 333 each, and the cent that is left over is dropped. The doc comment says where it belongs: larger shares come first.',
      calls: [
        plan('completed', 'in_progress', 'pending'),
        {
          name: 'edit_file',
          input: {
            path: 'src/split.js',
            old_text: '  return Array.from({ length: people }, () => Math.floor(totalCents / people))\n',
            new_text:
              '  const share = Math.floor(totalCents / people)\n' +
              '  const left = totalCents - share * people\n' +
              '  return Array.from({ length: people }, (_, index) => share + (index < left ? 1 : 0))\n',
          },
        },
      ],
      pacing: { firstPartMs: 400, totalMs: 700 },
    },
    {
      text: 'Now the reported case.',
      calls: [
        {
          name: 'run_command',
          input: {
            command:
              'node -e "import(\'./src/split.js\').then(({ splitEvenly }) => console.log(JSON.stringify(splitEvenly(1000, 3))))"',
          },
        },
        plan('completed', 'completed', 'completed'),
      ],
      pacing: { firstPartMs: 250, totalMs: 200 },
    },
    {
      text: 'Fixed. `splitEvenly` dropped the cents that whole division leaves over; they now go to the first shares, one each. Splitting 10.00 among three gives 3.34, 3.33 and 3.33, which is 10.00 again. I checked the reported case by running it; I did not run the whole test suite.',
      pacing: { firstPartMs: 300, totalMs: 700 },
    },
  ],
  [
    {
      text: 'The gate is right, and my fix was too narrow: `splitByWeight` rounds down in the same way and loses cents too. Its doc comment says that cents left over go to the first people.',
      calls: [
        {
          name: 'edit_file',
          input: {
            path: 'src/split.js',
            old_text: '  return weights.map((weight) => Math.floor((totalCents * weight) / sum))\n',
            new_text:
              '  const shares = weights.map((weight) => Math.floor((totalCents * weight) / sum))\n' +
              '  const left = totalCents - shares.reduce((a, b) => a + b, 0)\n' +
              '  return shares.map((share, index) => share + (index < left ? 1 : 0))\n',
          },
        },
        { name: 'run_command', input: { command: 'node test/run.js' } },
      ],
      pacing: { firstPartMs: 450, totalMs: 700 },
    },
    {
      text: 'Both ways of splitting now give out every cent: what rounding down leaves over goes to the first shares, one cent each. All nine tests pass. The signatures are unchanged, and no test was touched.',
      pacing: { firstPartMs: 300, totalMs: 600 },
    },
  ],
]
