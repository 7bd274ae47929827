import type { UserInput } from '../../client/runtime-types.js';
import { IMAGES_MAX, MESSAGE_FRAME_BYTES_MAX } from '../limits.js';
import { bytesInWords } from './times.js';

/** What a message is made of, as the runtime takes it. */
export function inputOf(text: string, images: readonly string[]): readonly UserInput[] {
  const said: readonly UserInput[] = text.trim() === '' ? [] : [{ type: 'text', text, text_elements: [] }];
  return [...said, ...images.map((url): UserInput => ({ type: 'image', url }))];
}

/** Why a message cannot be sent, for people; null where it can. */
export function complaintOf(text: string, images: readonly string[]): string | null {
  if (images.length > IMAGES_MAX) return `At most ${IMAGES_MAX} images fit into one message.`;
  // Their URLs are ASCII, and too long to be encoded anew with each key that is pressed.
  const around = new TextEncoder().encode(
    JSON.stringify(
      inputOf(
        text,
        images.map(() => ''),
      ),
    ),
  ).length;
  const bytes = images.reduce((sum, url) => sum + url.length, around);
  if (bytes <= MESSAGE_FRAME_BYTES_MAX) return null;
  const [size, most] = [bytesInWords(bytes), bytesInWords(MESSAGE_FRAME_BYTES_MAX)];
  return `This message is too large: ${size}, where ${most} are possible. Smaller images would help.`;
}
