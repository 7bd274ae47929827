import { useState } from 'preact/hooks';
import { IMAGES_MAX, MESSAGE_FRAME_BYTES_MAX } from '../limits.js';
import { bytesInWords } from '../state/times.js';
import { CloseIcon } from './icons.js';

/** The images of a message that is being written, as `data:` URLs. */
export interface Images {
  readonly urls: readonly string[];
  /** Why the last one was not taken. */
  readonly problem: string | null;
  add(files: readonly File[]): void;
  /** Takes what was pasted or dropped, where that is an image. */
  take(event: Event, transfer: DataTransfer | null): void;
  remove(index: number): void;
  clear(): void;
}

export function useImages(): Images {
  const [urls, setUrls] = useState<readonly string[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const add = (files: readonly File[]): void => {
    setProblem(null);
    void dataUrls(files)
      .then((added) => setUrls((before) => [...before, ...added].slice(0, IMAGES_MAX)))
      .catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)));
  };
  return {
    urls,
    problem,
    add,
    take: (event, transfer) => {
      const files = [...(transfer?.files ?? [])].filter(({ type }) => type.startsWith('image/'));
      if (files.length === 0) return;
      event.preventDefault();
      add(files);
    },
    remove: (index) => setUrls(urls.filter((_, at) => at !== index)),
    clear: () => {
      setUrls([]);
      setProblem(null);
    },
  };
}

/** @throws {Error} with a sentence for people */
async function dataUrls(files: readonly File[]): Promise<readonly string[]> {
  return await Promise.all(
    files.map(async (file) => {
      // In base64 it is a third larger.
      if (file.size > (MESSAGE_FRAME_BYTES_MAX * 3) / 4)
        throw new Error(`${file.name} is too large for a message: ${bytesInWords(file.size)}.`);
      if (!file.type.startsWith('image/')) throw new Error(`${file.name} is no image.`);
      return await dataUrl(file);
    }),
  );
}

async function dataUrl(file: File): Promise<string> {
  return await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(typeof reader.result === 'string' ? reader.result : ''));
    reader.addEventListener('error', () => reject(new Error(`${file.name} cannot be read.`)));
    reader.readAsDataURL(file);
  });
}

export function Thumbnails({ images }: { readonly images: Images }) {
  if (images.urls.length === 0) return null;
  return (
    <ul class="thumbnails" aria-label="Images of the message">
      {images.urls.map((url, index) => (
        <li key={url.slice(-64) + String(index)}>
          <img src={url} alt={`Image ${index + 1}`} />
          <button type="button" aria-label={`Remove image ${index + 1}`} onClick={() => images.remove(index)}>
            <CloseIcon />
          </button>
        </li>
      ))}
    </ul>
  );
}
