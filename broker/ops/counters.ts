/** What went through the broker since it started. Plain numbers: they are counted on the hot path. */
export interface Counters {
  /** Lines of the runtime. */
  runtimeLines: number;
  /** Lines of the runtime that were no message, or too long, or answered nothing. Dropped. */
  runtimeOddities: number;
  /** Events parsed as JSON on their way. */
  eventsParsed: number;
  /** Frames encoded, not passed on as they came. */
  framesEncoded: number;
  /** Frames handed to connections. */
  framesSent: number;
  /** Writes to transports, each of one or more frames. */
  writes: number;
  /** Messages of clients. */
  clientMessages: number;
  /** Messages of clients that were no valid message. Answered with an error. */
  clientInvalid: number;
  /** Answers of clients to what they were never asked. Dropped. */
  strayAnswers: number;
  /** Notifications of clients, which app-server has no use for. Dropped. */
  clientNotifications: number;
  /** Connections cut because they did not read. */
  slowConsumers: number;
}

export function newCounters(): Counters {
  return {
    runtimeLines: 0,
    runtimeOddities: 0,
    eventsParsed: 0,
    framesEncoded: 0,
    framesSent: 0,
    writes: 0,
    clientMessages: 0,
    clientInvalid: 0,
    strayAnswers: 0,
    clientNotifications: 0,
    slowConsumers: 0,
  };
}
