/** HTML made of markdown becomes elements of which none can run, load, leave its place or be taken for the page's. */
import createDOMPurify from 'dompurify';
import { safeHref } from '../text.js';

/** Instances of our own: hooks are of an instance. */
const purify = createDOMPurify(window);
const colours = createDOMPurify(window);

const ALLOWED = {
  ALLOWED_TAGS: (
    'a abbr b blockquote br caption cite code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img input ins kbd li ' +
    'mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var wbr'
  ).split(' '),
  ALLOWED_ATTR: ['align', 'alt', 'checked', 'class', 'colspan', 'disabled', 'href', 'open', 'reversed', 'rowspan', 'src', 'start', 'title', 'type'], // prettier-ignore
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
} as const;

/** Images that are in the message itself: the page loads none from elsewhere. */
const OWN_IMAGE = /^(?:blob:|data:image\/(?:png|jpeg|gif|webp|avif|bmp);)/i;
const LANGUAGE = /^language-[\w+#.-]{1,32}$/;

purify.addHook('uponSanitizeAttribute', (element, attribute) => {
  if (attribute.attrName === 'class')
    attribute.keepAttr = element.tagName === 'CODE' && LANGUAGE.test(attribute.attrValue);
  // `src` is judged below: DOMPurify would drop what is to become a link.
  if (attribute.attrName === 'src') attribute.forceKeepAttr = element.tagName === 'IMG';
});

/** The elements of it. */
export function sanitized(html: string): DocumentFragment {
  const { ALLOWED_TAGS, ALLOWED_ATTR, ...options } = ALLOWED;
  const fragment = purify.sanitize(html, {
    ...options,
    ALLOWED_TAGS: [...ALLOWED_TAGS],
    ALLOWED_ATTR: [...ALLOWED_ATTR],
  });
  for (const image of fragment.querySelectorAll('img')) keepImage(image);
  for (const link of fragment.querySelectorAll('a')) keepLink(link);
  for (const input of fragment.querySelectorAll('input')) keepCheckbox(input);
  for (const table of fragment.querySelectorAll('table')) scrollable(table);
  return fragment;
}

function keepImage(image: HTMLImageElement): void {
  const source = image.getAttribute('src') ?? '';
  if (OWN_IMAGE.test(source)) {
    image.decoding = 'async';
    return;
  }
  const link = document.createElement('a');
  link.textContent = image.alt || source || 'image';
  link.setAttribute('href', source);
  image.replaceWith(link);
}

/** What may not be opened stays as text, and says where it led. */
function keepLink(link: HTMLAnchorElement): void {
  const target = link.getAttribute('href') ?? '';
  const href = safeHref(target);
  if (href === null) {
    const text = document.createElement('span');
    text.append(...link.childNodes);
    text.className = 'md-reference';
    if (/^[\w./@#:+ -]+$/.test(target) && !/^\w+:/.test(target)) text.title = target;
    link.replaceWith(text);
    return;
  }
  link.target = '_blank';
  link.rel = 'noopener noreferrer nofollow';
}

/** Of a form there are the boxes of a list of tasks only. */
function keepCheckbox(input: HTMLInputElement): void {
  if (input.type !== 'checkbox') {
    input.remove();
    return;
  }
  input.disabled = true;
  const text = input.parentElement?.textContent.trim().slice(0, 120) ?? '';
  input.ariaLabel = text === '' ? 'task' : text;
}

/** A wide table scrolls by itself, also by keyboard. */
function scrollable(table: HTMLTableElement): void {
  const frame = document.createElement('div');
  frame.className = 'md-table';
  frame.tabIndex = 0;
  frame.role = 'region';
  frame.ariaLabel = 'Table';
  table.replaceWith(frame);
  frame.append(table);
}

/** Coloured code: nothing but spans and their classes. */
export function sanitizedCode(html: string): DocumentFragment {
  return colours.sanitize(html, {
    ALLOWED_TAGS: ['span'],
    ALLOWED_ATTR: ['class'],
    RETURN_DOM_FRAGMENT: true,
  });
}
