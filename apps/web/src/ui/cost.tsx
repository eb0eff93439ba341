import { formatCost } from './format.ts'

/** Micro-dollars as money; a model whose price is not known says so instead of looking free. */
export function Cost({ micros, className }: { micros: number | null; className?: string }) {
  if (micros === null) {
    return (
      <span
        className={`text-muted ${className ?? ''}`}
        title="The price of this model is not known"
      >
        no price
      </span>
    )
  }
  return (
    <span className={`whitespace-nowrap tabular-nums ${className ?? ''}`}>
      {formatCost(micros)}
    </span>
  )
}
