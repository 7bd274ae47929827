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

/** The head of one HTTP request. Beyond it: status 431. Cookies of all local ports come along. */
export const HTTP_HEADER_BYTES_MAX = 16 * 1024;
/** Where the parsers themselves stop: each counts in a way of its own, and uWebSockets.js otherwise if it comes in pieces. */
export const HTTP_PARSER_BYTES_MAX = HTTP_HEADER_BYTES_MAX + 1024;
/** Header lines of one HTTP request. Beyond it: status 431. uWebSockets.js has the same, built in. */
export const HTTP_HEADERS_MAX = 98;
/**
 * How long a client may take to send an HTTP request, however many bytes come meanwhile. uWebSockets.js has 10 s, built
 * in, and looks every 4 s.
 */
export const HTTP_REQUEST_MS_MAX = 12_000;
/** How often `node:http` looks for requests that take too long. */
export const HTTP_CHECK_INTERVAL_MS = 2_000;
/**
 * Sockets of one listener that are no WebSockets, or not yet. One more is closed unheard, so that those who say nothing
 * cannot use up the descriptors of all.
 */
export const HTTP_SOCKETS_MAX = 512;
/** How long a TLS handshake may take. */
export const TLS_HANDSHAKE_MS_MAX = 10_000;
/** How long before its end a certificate is warned about. */
export const CERTIFICATE_WARNING_MS = 14 * 24 * 60 * 60_000;
/** How long nothing may move on an HTTP connection: between requests, or while a client does not read. */
export const HTTP_IDLE_MS_MAX = 10_000;

/** Bytes that an in-memory wire takes before it is full: its stand-in for the kernel's buffers. */
export const MEMORY_KERNEL_BYTES = 64 * 1024;
