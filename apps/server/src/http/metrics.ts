import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from '@sluice/db/database'

/** What `/metrics` tells in the Prometheus text format. */
export interface Metrics {
  observeOperation(operation: string, outcome: string, durationMs: number): void
  sockets: { inc(): void; dec(): void }
  text(): Promise<string>
  contentType: string
}

export function createMetrics(db: Database): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'sluice_operation_duration_seconds',
    help: 'Time that operations of the API took',
    labelNames: ['operation'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const operations = new Counter({
    name: 'sluice_operations_total',
    help: 'Operations of the API by how they ended: ok, or the code of the error',
    labelNames: ['operation', 'outcome'],
    registers: [registry],
  })
  const sockets = new Gauge({
    name: 'sluice_live_connections',
    help: 'Open live connections',
    registers: [registry],
  })
  const tasks = new Gauge({
    name: 'sluice_tasks',
    help: 'Tasks that have not ended, by state',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      const rows = await db.querySystem<{ status: string; count: string }>(
        "select status, count(*) from tasks where status not in ('completed', 'rejected', 'cancelled', 'failed') group by status",
      )
      this.reset()
      for (const { status, count } of rows) this.set({ status }, Number(count))
    },
  })
  const runs = new Gauge({
    name: 'sluice_runs',
    help: 'Runs that have not ended, and dead letters, by state',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      const rows = await db.querySystem<{ status: string; count: string }>(
        "select status, count(*) from runs where status in ('queued', 'running', 'waiting', 'dead') group by status",
      )
      this.reset()
      for (const { status, count } of rows) this.set({ status }, Number(count))
    },
  })
  const pools = new Gauge({
    name: 'sluice_database_connections',
    help: 'Connections of the pools to Postgres',
    labelNames: ['pool', 'state'],
    registers: [registry],
    collect() {
      for (const [pool, { total, idle, waiting }] of Object.entries(db.stats())) {
        this.set({ pool, state: 'total' }, total)
        this.set({ pool, state: 'idle' }, idle)
        this.set({ pool, state: 'waiting' }, waiting)
      }
    },
  })
  void [tasks, runs, pools]
  return {
    observeOperation(operation, outcome, durationMs) {
      durations.observe({ operation }, durationMs / 1000)
      operations.inc({ operation, outcome })
    },
    sockets,
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
