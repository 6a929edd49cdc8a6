#ifndef GENKAN_FRAME_H
#define GENKAN_FRAME_H

#include "base.h"

/* One camera frame, from bytes to answer; keeps nothing between frames. */

/* Opaque types. */
struct decode_answer;
struct fault;

/**
 * frame_read(jpeg, len, number, answer, f):
 * Look for a pass in the ${len} bytes of a frame with the tablet's frame
 * number ${number}.  What is no baseline JPEG within the limits answers
 * DECODE_ANSWER_UNREADABLE; that is no fault.  FAULT_MEMORY if memory ran
 * out.
 */
bool frame_read(const uint8_t *, size_t, uint32_t, struct decode_answer *,
    struct fault *) MUST_CHECK;

#endif /* !GENKAN_FRAME_H */
