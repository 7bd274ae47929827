import type { Registry } from 'prom-client';
import { resetEventLoopDelay } from './event-loop.js';
import { families } from './metric-families.js';
import type { Reading } from './metric-families.js';
import { statusOf } from './status.js';
import type { StatusSources } from './status.js';

/** Writes the samples of one metric. */
type Update = (reading: Reading) => void;

/**
 * What `/metrics` answers: the figures of `broker/status` and the counters, for Prometheus. All is read when somebody
 * looks; nothing is done for it in between.
 */
export class Metrics {
  /** Of the text. */
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';
  readonly #sources: StatusSources;
  #made: Promise<{ readonly registry: Registry; readonly updates: readonly Update[] }> | null = null;

  constructor(sources: StatusSources) {
    this.#sources = sources;
  }

  /** The figures now. How late the event loop was begins anew with each call. */
  async text(): Promise<string> {
    this.#made ??= make();
    const { registry, updates } = await this.#made.catch((error: unknown) => {
      // No descriptor left, say: the next scrape tries again.
      this.#made = null;
      throw error;
    });
    const reading = { status: statusOf(this.#sources), counters: this.#sources.counters };
    resetEventLoopDelay();
    for (const update of updates) update(reading);
    return await registry.metrics();
  }
}

async function make(): Promise<{ registry: Registry; updates: Update[] }> {
  // It takes longer to load than most of the broker, and most brokers are never asked.
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const updates = families.map((family): Update => {
    const { name, help, labels: labelNames } = family;
    const options = { name: `threadcast_${name}`, help, labelNames, registers: [registry] };
    if (family.kind === 'gauge') {
      const gauge = new Gauge(options);
      return (reading) => {
        for (const { labels, value } of family.read(reading)) gauge.set(labels, value);
      };
    }
    const counter = new Counter(options);
    return (reading) => {
      counter.reset();
      for (const { labels, value } of family.read(reading)) counter.inc(labels, value);
    };
  });
  return { registry, updates };
}
