import type { JSX } from 'preact';
import type { TokenUsage as Usage } from '../../client/runtime-types.js';
import { countOf } from './text.js';

/** How full the model's window is after the last turn, and what the thread has used in all. */
export function TokenUsage({ usage }: { usage: Usage }): JSX.Element | null {
  const total = usage.total?.totalTokens;
  const last = usage.last?.totalTokens;
  const window = usage.modelContextWindow;
  if (typeof total !== 'number') return null;
  const share = window && typeof last === 'number' ? Math.min(1, last / window) : null;
  const percent = share === null ? null : Math.round(share * 100);
  const title = [
    `${countOf(total)} tokens in all`,
    `${countOf(usage.total.inputTokens ?? 0)} in, of them ${countOf(usage.total.cachedInputTokens ?? 0)} cached`,
    `${countOf(usage.total.outputTokens ?? 0)} out, of them ${countOf(usage.total.reasoningOutputTokens ?? 0)} thought`,
  ].join('\n');
  return (
    <span class="usage" title={title}>
      {percent !== null && (
        <>
          <meter class="usage-meter" min={0} max={100} high={80} value={percent} aria-label="Context used" />
          <span>{percent} % of context</span>
          <span aria-hidden="true"> · </span>
        </>
      )}
      <span>{countOf(total)} tokens</span>
    </span>
  );
}
