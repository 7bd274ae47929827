import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';

interface MenuEntry {
  readonly label: string;
  run(): void;
}

interface MenuProps {
  readonly label: string;
  readonly icon: ComponentChildren;
  readonly entries: readonly MenuEntry[];
}

const EDGE_PX = 8;

/** A button with a menu: the browser shows it above everything, and takes it away with Esc or a click beside it. */
export function Menu({ label, icon, entries }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const opened = ({ newState }: { readonly newState: string }): void => {
    if (newState !== 'open' || button.current === null || menu.current === null) return;
    place(menu.current, button.current.getBoundingClientRect());
    menu.current.querySelector('button')?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="icon-button"
        aria-label={label}
        title={label}
        popovertarget={id}
      >
        {icon}
      </button>
      <div ref={menu} id={id} class="menu" popover="auto" role="group" aria-label={label} onToggle={opened}>
        {entries.map((entry) => (
          <button
            key={entry.label}
            type="button"
            onClick={() => {
              menu.current?.hidePopover();
              entry.run();
            }}
          >
            {entry.label}
          </button>
        ))}
      </div>
    </>
  );
}

/** Below the button, above it where there is no room, and never beyond the edge. */
function place(menu: HTMLElement, { left, right, top, bottom }: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const isBelow = bottom + height + EDGE_PX < innerHeight;
  menu.style.top = `${Math.max(EDGE_PX, isBelow ? bottom + 4 : top - height - 4)}px`;
  menu.style.left = `${Math.max(EDGE_PX, Math.min(left, right - width, innerWidth - width - EDGE_PX))}px`;
}
