import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often it is looked; one that is on time is that much after the one before. */
const LOOK_MS = 20;
const NS = 1e6;

/** There is one loop in a process, so one look at it serves all. It keeps no process alive. */
const histogram = monitorEventLoopDelay({ resolution: LOOK_MS });
histogram.enable();

/** How late the event loop was since the last `resetEventLoopDelay`, in ms. */
export interface EventLoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export function eventLoopDelay(): EventLoopDelay {
  return {
    p50Ms: lateMs(histogram.percentile(50)),
    p99Ms: lateMs(histogram.percentile(99)),
    maxMs: lateMs(histogram.max),
  };
}

export function resetEventLoopDelay(): void {
  histogram.reset();
}

function lateMs(ns: number): number {
  return Math.max(0, Math.round((ns / NS - LOOK_MS) * 100) / 100);
}
