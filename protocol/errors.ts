/**
 * The broker's own errors: JSON-RPC codes as app-server uses them, and `data.reason`, stable, for programs.
 * The runtime's errors are passed on as they are and have no reason.
 */
export interface ErrorKind {
  readonly code: number;
  readonly reason: string;
}

const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;
const OVERLOADED = -32001;

export const errors = {
  /** The frame is no JSON. Its answer has the id null. */
  notJson: { code: -32700, reason: 'notJson' },
  /** JSON, but no JSON-RPC message: no object, an odd id, a member twice. */
  invalidRequest: { code: INVALID_REQUEST, reason: 'invalidRequest' },
  /** Deeper than `JSON_DEPTH_MAX`. */
  tooDeep: { code: INVALID_REQUEST, reason: 'tooDeep' },
  /** Over `FRAME_BYTES_MAX`; what is sent along an attachment: over `MESSAGE_BYTES_MAX`. */
  tooLarge: { code: INVALID_REQUEST, reason: 'tooLarge' },
  /** A request before `initialize`. */
  notInitialized: { code: INVALID_REQUEST, reason: 'notInitialized' },
  /** A second `initialize`. */
  alreadyInitialized: { code: INVALID_REQUEST, reason: 'alreadyInitialized' },
  /** A method or a parameter that needs the capability `experimentalApi`. */
  experimentalApiRequired: { code: INVALID_REQUEST, reason: 'experimentalApiRequired' },
  /** Parameters of a method of the broker's that do not fit it. */
  invalidParams: { code: INVALID_REQUEST, reason: 'invalidParams' },
  /** A method that only the v1 wire has. */
  wrongWire: { code: INVALID_REQUEST, reason: 'wrongWire' },
  /** Not for this role, or not from afar. */
  forbidden: { code: INVALID_REQUEST, reason: 'forbidden' },
  /** It is about what another client has in flight. */
  notYours: { code: INVALID_REQUEST, reason: 'notYours' },
  /** There is one in flight, and there can be no second. */
  taken: { code: INVALID_REQUEST, reason: 'taken' },
  /** A method for subscribers of a thread only. */
  notSubscribed: { code: INVALID_REQUEST, reason: 'notSubscribed' },
  /** The runtime knows no such thread. */
  threadNotFound: { code: INVALID_REQUEST, reason: 'threadNotFound' },
  /** The thread is archived: it has to be unarchived first. */
  threadArchived: { code: INVALID_REQUEST, reason: 'threadArchived' },
  /** A thread cannot be attached to itself. */
  selfAttachment: { code: INVALID_REQUEST, reason: 'selfAttachment' },
  /** The child is attached to that parent already. */
  duplicate: { code: INVALID_REQUEST, reason: 'duplicate' },
  /** The child is attached to another parent. */
  childAlreadyAttached: { code: INVALID_REQUEST, reason: 'childAlreadyAttached' },
  /** The child is, by other attachments, a parent of its parent. */
  cycle: { code: INVALID_REQUEST, reason: 'cycle' },
  /** There is no such attachment, or it is detached already. */
  attachmentNotFound: { code: INVALID_REQUEST, reason: 'attachmentNotFound' },
  /** No active attachment leads there. */
  notRoutable: { code: INVALID_REQUEST, reason: 'notRoutable' },
  /** The chain of messages is longer than `MESSAGE_HOPS_MAX`. */
  tooManyHops: { code: INVALID_REQUEST, reason: 'tooManyHops' },
  /** The target waits for a reply of the sender. */
  waitCycle: { code: INVALID_REQUEST, reason: 'waitCycle' },
  /** A cursor that no list has given, or one with other filters has. */
  invalidCursor: { code: INVALID_REQUEST, reason: 'invalidCursor' },
  /** There is no such device. */
  deviceNotFound: { code: INVALID_REQUEST, reason: 'deviceNotFound' },
  /** The broker asks nobody for a token (`--no-auth`). */
  noToken: { code: INVALID_REQUEST, reason: 'noToken' },
  /** It could not be written to disk; nothing has changed. */
  storeFailed: { code: INTERNAL_ERROR, reason: 'storeFailed' },
  /** The runtime answered with an error that is none of the above, or with what cannot be read. */
  runtimeFailed: { code: INTERNAL_ERROR, reason: 'runtimeFailed' },
  /** A bug of the broker. */
  brokerFailed: { code: INTERNAL_ERROR, reason: 'brokerFailed' },
  /** A request of the runtime that no attached client can answer. */
  nobodyCanAnswer: { code: METHOD_NOT_FOUND, reason: 'nobodyCanAnswer' },
  /** Over a bound; try again later. */
  overloaded: { code: OVERLOADED, reason: 'overloaded' },
  /** From `threadcast connect`: the connection to the broker was lost before the answer came. */
  connectionLost: { code: OVERLOADED, reason: 'connectionLost' },
  /** The runtime has not answered, and is no longer waited for. */
  unanswered: { code: OVERLOADED, reason: 'unanswered' },
  /** The runtime ended before it answered, or is gone for good. */
  runtimeExited: { code: OVERLOADED, reason: 'runtimeExited' },
  /** The runtime has ended and is being started again. */
  runtimeRestarting: { code: OVERLOADED, reason: 'runtimeRestarting' },
} as const satisfies Record<string, ErrorKind>;

/** The `error` member of an answer. */
export interface ErrorBody {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly reason: string };
}

/** One of the errors above, with a sentence that a person can act on. */
export function errorBody(kind: ErrorKind, message: string): ErrorBody {
  return { code: kind.code, message, data: { reason: kind.reason } };
}
