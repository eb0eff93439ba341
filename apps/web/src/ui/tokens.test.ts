import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const AA_TEXT = 4.5
const AA_SIGN = 3

type Theme = 'light' | 'dark'

/** The tokens of one theme; dark stands on light where it says nothing itself. */
function tokensOf(theme: Theme): Map<string, string> {
  const blocks = [...css.matchAll(/\[data-theme='(light|dark)'\] \{([^}]*)\}/g)]
  const tokens = new Map<string, string>()
  for (const [, name, body = ''] of blocks) {
    if (name === 'dark' && theme === 'light') continue
    for (const [, key = '', value = ''] of body.matchAll(/--([\w-]+):\s*([^;]+);/g))
      tokens.set(key, value)
  }
  return tokens
}

/** Relative luminance (WCAG 2.2) of an opaque `oklch(L C H)`, by Ottosson's matrices. */
function luminance(tokens: Map<string, string>, name: string): number {
  const value = tokens.get(name) ?? ''
  const reference = /^var\(--([\w-]+)\)$/.exec(value)?.[1]
  if (reference !== undefined) return luminance(tokens, reference)
  const parts = /^oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)$/.exec(value)
  if (parts === null) throw new Error(`--${name} is not a plain oklch colour: ${value}`)
  const [lightness = 0, chroma = 0, hue = 0] = parts.slice(1).map(Number)
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const clamp = (channel: number) => Math.min(1, Math.max(0, channel))
  const red = clamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)
  const green = clamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)
  const blue = clamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(theme: Theme, text: string, ground: string): number {
  const tokens = tokensOf(theme)
  const [dark = 0, light = 0] = [luminance(tokens, text), luminance(tokens, ground)].toSorted(
    (x, y) => x - y,
  )
  return (light + 0.05) / (dark + 0.05)
}

const grounds = [
  'background',
  'surface',
  'surface-secondary',
  'surface-tertiary',
  'overlay',
  'default',
]
const tones = ['accent', 'success', 'warning', 'danger']

for (const theme of ['light', 'dark'] as const) {
  test(`text is readable on every ground in ${theme}`, () => {
    for (const ground of grounds) {
      for (const text of ['foreground', 'muted', ...tones]) {
        expect(contrast(theme, text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(
          AA_TEXT,
        )
      }
    }
  })

  test(`tones are readable on their soft ground and under their own foreground in ${theme}`, () => {
    for (const tone of tones) {
      expect(
        contrast(theme, tone, `${tone}-soft`),
        `${tone} on its soft ground`,
      ).toBeGreaterThanOrEqual(AA_TEXT)
      expect(
        contrast(theme, 'foreground', `${tone}-soft`),
        `text on soft ${tone}`,
      ).toBeGreaterThanOrEqual(AA_TEXT)
      expect(contrast(theme, `${tone}-foreground`, tone), `text on ${tone}`).toBeGreaterThanOrEqual(
        AA_TEXT,
      )
    }
  })

  test(`fields and the focus ring can be seen in ${theme}`, () => {
    for (const ground of ['background', 'surface']) {
      expect(
        contrast(theme, 'field-border', ground),
        `field border on ${ground}`,
      ).toBeGreaterThanOrEqual(AA_SIGN)
      expect(contrast(theme, 'focus', ground), `focus on ${ground}`).toBeGreaterThanOrEqual(AA_SIGN)
    }
  })
}
