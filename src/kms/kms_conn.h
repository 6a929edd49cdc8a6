#ifndef GENKAN_KMS_CONN_H
#define GENKAN_KMS_CONN_H

#include "base.h"

/*
 * The open connections of the key service.  Slow ones and idle ones must not
 * shut others out, so a request has to arrive whole within a time, and when
 * all places are taken the connection that has been quiet the longest gives
 * up its place to the newcomer.  Times: milliseconds of clock_monotonic.
 */

#define KMS_CONN_MAX        400
#define KMS_CONN_REQUEST_MS 5000  /* from the first byte to the last */
#define KMS_CONN_IDLE_MS    90000 /* between requests */

struct kms_conn;

/**
 * kms_conn_open(fd, now):
 * A new connection.  NULL only if memory is full.
 */
struct kms_conn *kms_conn_open(int, int64_t);

/**
 * kms_conn_begin(conn, now), kms_conn_work(conn), kms_conn_end(conn, now):
 * A request begins to arrive; it is whole and being worked on; it is answered.
 * NULL is fine.
 */
void kms_conn_begin(struct kms_conn *, int64_t);
void kms_conn_work(struct kms_conn *);
void kms_conn_end(struct kms_conn *, int64_t);

/**
 * kms_conn_close(conn):
 * The connection is about to be closed.
 */
void kms_conn_close(struct kms_conn *);

/**
 * kms_conn_sweep(now):
 * Shut the connections whose time is over.
 */
void kms_conn_sweep(int64_t);

#endif /* !GENKAN_KMS_CONN_H */
