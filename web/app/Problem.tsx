/** Why something did not work, said aloud; nothing where it did. */
export function Problem({ text }: { readonly text: string | null }) {
  if (text === null) return null;
  return (
    <p class="request-error" role="alert">
      {text}
    </p>
  );
}
