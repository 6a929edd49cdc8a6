#ifndef GENKAN_DECODE_CLIENT_H
#define GENKAN_DECODE_CLIENT_H

#include "base.h"

/* A client of genkan-decode: one frame in, at most one pass out. */

#define DECODE_FRAME_MAX  (512 * 1024) /* bytes of JPEG */
#define DECODE_PASS_CHARS 26

/* Opaque types. */
struct decode_client;
struct fault;

enum decode_verdict {
	DECODE_NOTHING,    /* no pass in view */
	DECODE_PASS,       /* exactly one distinct pass */
	DECODE_SEVERAL,    /* two or more different passes: ask again */
	DECODE_UNREADABLE, /* no baseline JPEG of 64 to 1920 pixels a side */
	DECODE_VERDICT__MAX
};

/**
 * decode_client_open(socket, f):
 * Prepare a client; connects on first use.  One handle per thread.
 */
struct decode_client *decode_client_open(
    const char *, struct fault *) MUST_CHECK;
void decode_client_close(struct decode_client *);

/**
 * decode_frame(c, jpeg, len, number, verdict, pass, f):
 * Have the ${len} bytes of one frame decoded.  ${number} is the tablet's frame
 * number, by which the expensive passes rotate.  ${pass} gets the 26
 * characters and a NUL when ${verdict} is DECODE_PASS.
 * FAULT_DECODE_AWAY when decode died, hangs or is full: the frame is lost.
 */
bool decode_frame(struct decode_client *, const uint8_t *, size_t, uint32_t,
    enum decode_verdict *, char[DECODE_PASS_CHARS + 1],
    struct fault *) MUST_CHECK;

/**
 * decode_ready(c, f):
 * Does decode answer?
 */
bool decode_ready(struct decode_client *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_DECODE_CLIENT_H */
