#ifndef GENKAN_DECODER_H
#define GENKAN_DECODER_H

#include <sys/types.h>

#include "base.h"

/*
 * A decoder is a child process that reads pictures for its parent, caged
 * before it sees the first one.  It is this executable started afresh, so
 * that it holds nothing of its parent's memory and lies at new addresses.
 * Parent and child talk over a socket pair; in the child it is DECODER_FD.
 */

#define DECODER_FD  3
#define DECODER_ARG "--decoder" /* argv[1] of a child; argv[2] is the kind */

/* Opaque types. */
struct fault;

enum decoder_kind {
	DECODER_FRAME,   /* speaks ipc/decode_protocol.h, for the daemon */
	DECODER_SCAN,    /* struct decoder_task to struct decoder_result */
	DECODER_CONVERT, /* the same; the result is a PGM picture */
	DECODER_KIND__MAX
};

/* What the scan command asks, followed by len bytes of the file. */
struct decoder_task {
	uint32_t len;      /* 1..DECODER_FILE_MAX */
	uint8_t pass_only; /* texts of the grammar of a pass only, and live */
	uint8_t unused[3];
	uint32_t number; /* of the frame */
};

/*
 * What a child answers, followed by len bytes: of a scan ${count} texts, each
 * a u32 length and its bytes; of a conversion a PGM picture.
 */
struct decoder_result {
	uint32_t read;   /* 1: the file was a picture that we can read */
	uint32_t count;  /* texts */
	uint32_t cpu_us; /* of the passes, reading the picture excluded */
	uint32_t len;    /* at most DECODER_RESULT_MAX */
};

#define DECODER_FILE_MAX   (64 * 1024 * 1024)
#define DECODER_RESULT_MAX (64 * 1024 * 1024)

/* A child, as its parent sees it. */
struct decoder {
	pid_t pid;
	int fd; /* the parent's end, closed on exec */
};

/**
 * decoder_start(kind, d, f):
 * Start a child.  It sends one DECODE_ANSWER_READY when its cage is closed.
 * FAULT_SYSTEM if there is no process or descriptor to be had.
 */
bool decoder_start(
    enum decoder_kind, struct decoder *, struct fault *) MUST_CHECK;

/**
 * decoder_kill(d):
 * End the child at once, whatever it is doing, and forget it.  Return how it
 * ended, as waitpid(2) tells: that may have been before.
 */
int decoder_kill(struct decoder *);

/**
 * decoder_main(kind):
 * The child's whole life; returns its exit status.
 */
int decoder_main(const char *);

#endif /* !GENKAN_DECODER_H */
