import { useEffect, useReducer, useRef } from 'preact/hooks';
import { STREAM_REST_TIMES } from '../../limits.js';
import { blocksOf } from './blocks.js';
import type { Block, Blocks } from './blocks.js';

interface Reading {
  blocks: Blocks | null;
  /** When it may be read again, by `performance.now()`: reading long text takes its time, and others need some too. */
  readAgainAt: number;
}

/** The blocks of a text that grows. While it does they may be those of a moment ago. */
export function useBlocks(text: string, isFinished: boolean): readonly Block[] {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  const { current: reading } = useRef<Reading>({ blocks: null, readAgainAt: 0 });
  const rest = isFinished || reading.blocks === null ? 0 : reading.readAgainAt - performance.now();
  useEffect(() => {
    if (rest <= 0) return undefined;
    const timer = setTimeout(() => draw(undefined), rest);
    return () => clearTimeout(timer);
  });
  if (reading.blocks === null || rest <= 0) {
    const began = performance.now();
    reading.blocks = blocksOf(text, reading.blocks);
    const took = performance.now() - began;
    reading.readAgainAt = began + took * (1 + STREAM_REST_TIMES);
  }
  return reading.blocks.blocks;
}
