// Part of the service worker: a click on a notification leads to the thread that waits.
async function lead(threadId) {
  const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (page === undefined) await self.clients.openWindow(`/#thread=${encodeURIComponent(threadId)}`);
  else {
    await page.focus();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a client of a worker has no other origin
    page.postMessage({ openThread: threadId });
  }
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(lead(event.notification.data.threadId));
});
