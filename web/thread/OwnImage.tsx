import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { IMAGE_CHARS_MAX } from '../limits.js';
import { label, safeHref } from './text.js';

const OWN = /^(?:blob:|data:image\/(?:png|jpeg|gif|webp|avif|bmp);)/i;

/** An image that is in the thread itself. One from elsewhere is a link: the page loads nothing from others. */
export function OwnImage({ source, name }: { source: string; name: string }): JSX.Element {
  const [isBroken, setBroken] = useState(false);
  if (OWN.test(source) && source.length <= IMAGE_CHARS_MAX && !isBroken)
    return <img class="picture" src={source} alt={name} decoding="async" onError={() => setBroken(true)} />;
  const href = safeHref(source);
  if (href !== null)
    return (
      <a class="path" href={href} target="_blank" rel="noopener noreferrer nofollow">
        {label(href)}
      </a>
    );
  return <p class="soft">{name}: it cannot be shown.</p>;
}
