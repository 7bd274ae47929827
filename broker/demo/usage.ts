import type { Ids } from './ids.js';
import type { ThreadMeta } from './thread.js';

const CONTEXT_WINDOW_TOKENS = 258_400;
const TOKENS_PER_STEP_MIN = 180;

/** How a number of tokens is shown: an eighth of them written, the rest read. */
function breakdown(totalTokens: number): object {
  const outputTokens = Math.floor(totalTokens / 8);
  const input = { inputTokens: totalTokens - outputTokens, cachedInputTokens: 0, cacheWriteInputTokens: 0 };
  return { totalTokens, ...input, outputTokens, reasoningOutputTokens: 0 };
}

/** `tokenUsage` of a thread whose last step took `lastTokens`. */
export function tokenUsage({ tokensUsed }: ThreadMeta, lastTokens = TOKENS_PER_STEP_MIN): object {
  const [total, last] = [breakdown(tokensUsed), breakdown(Math.min(lastTokens, tokensUsed))];
  return { total, last, modelContextWindow: CONTEXT_WINDOW_TOKENS };
}

/** Counts one more step of the model that there is not. @returns the `tokenUsage` after it. */
export function countStep(meta: ThreadMeta, ids: Ids): object {
  const tokens = TOKENS_PER_STEP_MIN + ids.below(TOKENS_PER_STEP_MIN);
  meta.tokensUsed += tokens;
  return tokenUsage(meta, tokens);
}

/** The params of `account/rateLimits/updated` for somebody without an account. */
export const rateLimits: object = {
  rateLimits: {
    limitId: 'codex',
    limitName: null,
    normalModelSlug: null,
    primary: null,
    secondary: null,
    credits: null,
    individualLimit: null,
    spendControlReached: null,
    planType: null,
    rateLimitReachedType: null,
  },
};
