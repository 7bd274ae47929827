import { useRef, useState } from 'preact/hooks';

export interface Task {
  /** Runs it, unless it runs already. */
  run(work: () => Promise<unknown>): void;
  readonly isBusy: boolean;
  /** Why it has failed, for people; null where it has not. */
  readonly error: string | null;
  readonly clear: () => void;
}

/** Something that a click begins, and that takes a while or fails. */
export function useTask(): Task {
  const running = useRef(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const run = (work: () => Promise<unknown>): void => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    void work()
      .catch((reason: unknown) => setError(reason instanceof Error ? reason.message : String(reason)))
      .finally(() => {
        running.current = false;
        setBusy(false);
      });
  };
  return { run, isBusy, error, clear: () => setError(null) };
}
