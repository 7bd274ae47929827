const ID_BYTES = 16;

/** An id that nobody else makes. `crypto.randomUUID` is not there on a page that came without TLS from another machine. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
