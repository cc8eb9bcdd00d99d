/* A page as plain text: dates in RFC 3339, protocols in the spelling of httpd. */
#ifndef TG_REPORT_TEXT_FRAME_H
#define TG_REPORT_TEXT_FRAME_H

#include "frame.h"

const char *tg_frame_text(const tg_frame_t *frame);

#endif
