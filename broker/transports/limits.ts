import { FRAME_BYTES_MAX } from '../../protocol/limits.js';

/**
 * The largest WebSocket message that is received at all. A client between this and `FRAME_BYTES_MAX` can be told
 * why (4413); one beyond it is cut before its bytes are stored.
 */
export const WEBSOCKET_PAYLOAD_BYTES_MAX = 2 * FRAME_BYTES_MAX;
/** Pings of a client that does not read the answers. Each costs an answer that waits in this process. */
export const UNREAD_PINGS_MAX = 64;
/** Bytes that a stdio client may leave unread before it is not read either. */
export const STDIO_UNREAD_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes given to a Node stream at one time: how exactly `pendingBytes` is known there. */
export const WRITE_SLICE_BYTES = 64 * 1024;

/** The header lines of one HTTP request together. Beyond it: status 431. Cookies of all local ports come along. */
export const HTTP_HEADER_BYTES_MAX = 16 * 1024;
/** How long a client may take to send an HTTP request. uWebSockets.js has the same, built in. */
export const HTTP_REQUEST_MS_MAX = 10_000;
/** How often `node:http` looks for requests that take too long. */
export const HTTP_CHECK_INTERVAL_MS = 2_000;
/** How long nothing may move on an HTTP connection: between requests, or while a client does not read. */
export const HTTP_IDLE_MS_MAX = 10_000;

/** Bytes that an in-memory wire takes before it is full: its stand-in for the kernel's buffers. */
export const MEMORY_KERNEL_BYTES = 64 * 1024;
