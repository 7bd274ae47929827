import { useEffect, useState } from 'preact/hooks';

/** Whether the browser thinks that this device has a network. */
export function useOnLine(): boolean {
  const [onLine, setOnLine] = useState(navigator.onLine);
  useEffect(() => {
    const changed = (): void => setOnLine(navigator.onLine);
    addEventListener('online', changed);
    addEventListener('offline', changed);
    return () => {
      removeEventListener('online', changed);
      removeEventListener('offline', changed);
    };
  }, []);
  return onLine;
}
