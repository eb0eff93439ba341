import type { UsageSummary } from '@sluice/contract/usage'
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { formatCost, formatCount, plural } from '../../ui/format.ts'
import { costOf, formatTokens, type Measure } from './usage.logic.ts'

type Day = UsageSummary['days'][number]

const short = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' })
const long = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeZone: 'UTC' })
/** The axis reaches at least so far: a cent, or a thousand tokens. */
const leastShown: Record<Measure, number> = { cost: 10_000, tokens: 1_000 }
const tick = { fontSize: 12, fill: 'var(--muted)' }

/** One bar a day. Drawn only; the numbers stand in the tables beside it. */
export default function UsageChart({ days, measure }: { days: readonly Day[]; measure: Measure }) {
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart data={[...days]} margin={{ top: 8, right: 4, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="var(--separator)" />
        <XAxis
          dataKey="day"
          tickFormatter={(day: string) => short.format(Date.parse(day))}
          tick={tick}
          tickLine={false}
          axisLine={{ stroke: 'var(--border)' }}
          minTickGap={24}
        />
        <YAxis
          width={64}
          tick={tick}
          tickLine={false}
          axisLine={false}
          allowDecimals={false}
          domain={[0, (most: number) => Math.max(most, leastShown[measure])]}
          tickFormatter={(value: number) =>
            measure === 'cost' ? formatCost(value) : formatTokens(value)
          }
        />
        <Tooltip
          cursor={{ fill: 'var(--default)', opacity: 0.6 }}
          isAnimationActive={false}
          content={({ active, payload }) =>
            active === true && payload?.[0] !== undefined ? (
              <DayCard day={payload[0].payload as Day} />
            ) : null
          }
        />
        {measure === 'cost' ? (
          <Bar dataKey="costMicros" fill="var(--accent)" isAnimationActive={false} radius={2} />
        ) : (
          <>
            <Bar
              dataKey="inputTokens"
              stackId="tokens"
              fill="var(--accent)"
              isAnimationActive={false}
            />
            <Bar
              dataKey="outputTokens"
              stackId="tokens"
              fill="var(--success)"
              isAnimationActive={false}
              radius={[2, 2, 0, 0]}
            />
          </>
        )}
      </BarChart>
    </ResponsiveContainer>
  )
}

function DayCard({ day }: { day: Day }) {
  return (
    <div className="rounded-md border border-border bg-overlay px-3 py-2 text-xs shadow-overlay">
      <p className="font-medium">{long.format(Date.parse(day.day))}</p>
      <p className="tabular-nums">
        {costOf(day)} · {plural(day.calls, 'call')}
      </p>
      <p className="text-muted tabular-nums">
        {formatCount(day.inputTokens)} tokens read, {formatCount(day.outputTokens)} written
      </p>
    </div>
  )
}
