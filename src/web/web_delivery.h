#ifndef GENKAN_WEB_DELIVERY_H
#define GENKAN_WEB_DELIVERY_H

#include <jansson.h>

#include "delivery.h"

/**
 * web_delivery_json(d):
 * The Delivery of the API document.
 */
json_t *web_delivery_json(const struct delivery *);

#endif /* !GENKAN_WEB_DELIVERY_H */
