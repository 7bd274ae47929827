import { render } from 'preact';
import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { MARKDOWN_CHARS_MAX } from '../../limits.js';
import { LongText } from '../LongText.js';
import { plain } from '../text.js';
import { CodeBlock } from './CodeBlock.js';
import { htmlOf } from './html.js';
import { sanitized } from './sanitize.js';
import type { Block } from './blocks.js';
import { useBlocks } from './use-blocks.js';

/** A message: markdown up to `MARKDOWN_CHARS_MAX`, and plain text beyond it. */
export function Markdown({ text, isFinished }: { text: string; isFinished: boolean }): JSX.Element {
  if (text.length > MARKDOWN_CHARS_MAX) return <LongText text={text} isFinished={isFinished} />;
  return <ShortMarkdown text={text} isFinished={isFinished} />;
}

function ShortMarkdown({ text, isFinished }: { text: string; isFinished: boolean }): JSX.Element {
  const blocks = useBlocks(text, isFinished);
  return (
    <div class="md" dir="auto">
      {blocks.map((block, index) => (
        // Blocks come at the end, and only the last ones change: the place is what stays.
        <BlockView
          key={`${block.kind} ${index}`}
          block={block}
          isFinished={isFinished || index < blocks.length - 1}
        />
      ))}
    </div>
  );
}

const BlockView = memo(({ block, isFinished }: { block: Block; isFinished: boolean }): JSX.Element => {
  if (block.kind === 'code')
    return <CodeBlock code={block.text} language={block.language} isFinished={isFinished} />;
  if (block.kind === 'plain') return <LongText text={block.text} isFinished={isFinished} />;
  return <HtmlBlock block={block} isFinished={isFinished} />;
});

/** Code in a list or a quote: it looks like any other. */
interface CodeFrame {
  readonly host: HTMLElement;
  readonly code: string;
  readonly language: string;
}

/** Elements that Preact does not know: they are replaced when the block changes, which only the last one does. */
function HtmlBlock({ block, isFinished }: { block: Block; isFinished: boolean }): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const frames = useRef<readonly CodeFrame[]>([]);
  useLayoutEffect(() => {
    const host = element.current;
    if (host === null) return undefined;
    const html = htmlOf(block);
    host.replaceChildren(html === null ? plain(block.text) : sanitized(html));
    frames.current = [...host.querySelectorAll('pre')].map(codeFrame);
    return () => {
      for (const frame of frames.current) render(null, frame.host);
    };
  }, [block]);
  useLayoutEffect(() => {
    for (const { host, code, language } of frames.current)
      render(<CodeBlock code={code} language={language} isFinished={isFinished} />, host);
  }, [block, isFinished]);
  return <div class="md-block" ref={element} />;
}

function codeFrame(pre: HTMLPreElement): CodeFrame {
  const host = document.createElement('div');
  const language = pre.querySelector('code')?.className.replace(/^language-/, '') ?? '';
  const code = pre.textContent.replace(/\n$/, '');
  pre.replaceWith(host);
  return { host, code, language };
}
