/** Gives text a look; without colour each returns it as it is. */
export interface Paint {
  bold: (text: string) => string
  dim: (text: string) => string
  red: (text: string) => string
  green: (text: string) => string
  yellow: (text: string) => string
  cyan: (text: string) => string
}

const look =
  (isOn: boolean, start: number, end: number) =>
  (text: string): string =>
    isOn && text !== '' ? `\u001b[${start}m${text}\u001b[${end}m` : text

/** Select Graphic Rendition codes of ECMA-48, the sixteen colours that every terminal theme has. */
export function createPaint(isOn: boolean): Paint {
  return {
    bold: look(isOn, 1, 22),
    dim: look(isOn, 2, 22),
    red: look(isOn, 31, 39),
    green: look(isOn, 32, 39),
    yellow: look(isOn, 33, 39),
    cyan: look(isOn, 36, 39),
  }
}
