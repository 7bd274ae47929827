import { openThread } from './route.js';
import type { Surface } from './notices.js';

/** The title, the badge and the notifications of this browser, as far as it has them. */
export function browserSurface(): Surface {
  const shown = new Map<string, Notification>();
  // A phone shows them by its service worker, which also hears the click.
  navigator.serviceWorker?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isOpenMessage(data)) openThread(data.openThread);
  });
  return {
    setTitle: (title) => void (document.title = title),
    setBadge: (count) => {
      if (!('setAppBadge' in navigator)) return;
      (count === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(count)).catch(() => {});
    },
    isHidden: () => document.visibilityState === 'hidden',
    permission: () => ('Notification' in globalThis ? Notification.permission : 'absent'),
    ask: async () => {
      if ('Notification' in globalThis) await Notification.requestPermission();
    },
    notify: (threadId, title, body) => void show(threadId, title, body, shown),
    dismiss: (threadId) => void dismiss(threadId, shown),
  };
}

async function show(
  threadId: string,
  title: string,
  body: string,
  shown: Map<string, Notification>,
): Promise<void> {
  const options = { body, tag: threadId, icon: '/icons/icon-192.png', data: { threadId } };
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration !== undefined) return await registration.showNotification(title, options);
  const notification = new Notification(title, options);
  shown.set(threadId, notification);
  notification.addEventListener('click', () => {
    focus();
    openThread(threadId);
    notification.close();
  });
}

async function dismiss(threadId: string, shown: Map<string, Notification>): Promise<void> {
  shown.get(threadId)?.close();
  shown.delete(threadId);
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const one of (await registration?.getNotifications({ tag: threadId })) ?? []) one.close();
}

function isOpenMessage(data: unknown): data is { readonly openThread: string } {
  return (
    typeof data === 'object' && data !== null && 'openThread' in data && typeof data.openThread === 'string'
  );
}
