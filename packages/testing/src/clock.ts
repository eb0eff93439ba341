/** A clock that only moves when a test says so. */
export interface FakeClock {
  now(): Date
  nowMs(): number
  advance(ms: number): void
  set(at: Date): void
}

export function createFakeClock(start: Date = new Date('2026-01-02T03:04:05.000Z')): FakeClock {
  let at = start.getTime()
  return {
    now: () => new Date(at),
    nowMs: () => at,
    advance(ms) {
      at += ms
    },
    set(next) {
      at = next.getTime()
    },
  }
}
