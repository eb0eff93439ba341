/** The sample: a small repository with a bug, and a recorded conversation that mends it. */
import { Recording } from '@sluice/llm/recording-format'
import recordingJson from './recording.json' with { type: 'json' }

export { createSampleRepository } from './create-sample-repository.ts'
export { sampleModelId, sampleTask } from './sample-task.ts'

/** The recording, checked against its format. Replayed by the provider kind `recording`. */
export function sampleRecording(): Recording {
  return Recording.parse(recordingJson)
}
