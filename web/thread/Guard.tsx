import { Component } from 'preact';
import type { ComponentChildren } from 'preact';

interface GuardProps {
  /** What is drawn: another one is tried again. */
  readonly of: unknown;
  readonly children: ComponentChildren;
  /** What stands there instead. */
  readonly instead: () => ComponentChildren;
}

/** What cannot be drawn (a later runtime's idea of it) is shown in another way, and all around it stays. */
export class Guard extends Component<GuardProps, { broken: unknown }> {
  override state: { broken: unknown } = { broken: null };

  override componentDidCatch(): void {
    this.setState({ broken: this.props.of });
  }

  override render(): ComponentChildren {
    const { of, children, instead } = this.props;
    return this.state.broken === of ? instead() : children;
  }
}
