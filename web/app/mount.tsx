import { render } from 'preact';
import { browserSurface } from '../state/browser-surface.js';
import { Drafts } from '../state/drafts.js';
import { newId } from '../state/ids.js';
import type { Kept } from '../state/kept.js';
import { Notices } from '../state/notices.js';
import { Outgoing } from '../state/outgoing.js';
import type { Session } from '../state/session.js';
import { Theme } from '../state/theme.js';
import { App } from './App.js';

/** What the browser keeps: for the session, and for this device. */
export interface Storages {
  readonly session: Kept;
  readonly device: Kept;
}

/** Draws the page, whatever the session has come to by now. */
export function mount(root: HTMLElement, way: Session, { session, device }: Storages): void {
  const tools = {
    drafts: new Drafts(session),
    outgoing: new Outgoing(newId),
    notices: new Notices(browserSurface()),
    theme: new Theme(device, matchMedia('(prefers-color-scheme: dark)'), document.documentElement),
  };
  render(<App session={way} tools={tools} />, root);
}
