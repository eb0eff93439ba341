import { z } from 'zod'
import { ProviderId } from './ids.ts'
import { Timestamp } from './paging.ts'

export const ProviderKind = z.enum(['anthropic', 'openai', 'openai_compatible', 'recording'])
export type ProviderKind = z.infer<typeof ProviderKind>

export const ProviderInput = z.object({
  name: z.string().trim().min(1).max(60),
  kind: ProviderKind.exclude(['recording']),
  baseUrl: z.url().max(500).optional(),
  apiKey: z.string().trim().min(1).max(500).optional().describe('Write-only: never sent back'),
  defaultModelId: z.string().trim().min(1).max(200).optional(),
})
export type ProviderInput = z.infer<typeof ProviderInput>

export const Provider = z.object({
  id: ProviderId,
  name: z.string(),
  kind: ProviderKind,
  baseUrl: z.string().nullable(),
  hasKey: z.boolean(),
  source: z
    .string()
    .describe('Where it comes from: `settings`, `environment: ANTHROPIC_API_KEY`, `sample`'),
  isEditable: z.boolean(),
  defaultModelId: z.string().nullable(),
  createdAt: Timestamp.nullable(),
})
export type Provider = z.infer<typeof Provider>

export const ProviderModel = z.object({
  id: z.string(),
  name: z.string(),
  inputMicrosPerMTok: z.number().nullable(),
  outputMicrosPerMTok: z.number().nullable(),
})
export type ProviderModel = z.infer<typeof ProviderModel>

export const ProviderTest = z.object({
  ok: z.boolean(),
  modelId: z.string(),
  answer: z.string().nullable().describe('What the model really said'),
  problem: z.string().nullable(),
  latencyMs: z.number().int(),
})
export type ProviderTest = z.infer<typeof ProviderTest>
