import type { Demo } from '../demo.js';
import type { Params } from '../params.js';

/**
 * One request. It answers by calling `answer` once, and may tell the client things before and after; or it
 * throws, and the error is the answer.
 */
export type Method = (demo: Demo, params: Params, answer: (result: object) => void) => void;
export type Methods = Readonly<Record<string, Method>>;
