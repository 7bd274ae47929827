/** What others are shown for this screen: which of one's own it is, not which program. */
export function screenName(): string {
  const isTouched = matchMedia('(pointer: coarse)').matches;
  const isSmall = Math.min(screen.width, screen.height) < 600;
  if (!isTouched) return 'Desktop browser';
  return isSmall ? 'Phone browser' : 'Tablet browser';
}
