/* The style of all our pages. */
#ifndef TG_REPORT_HTML_STYLE_H
#define TG_REPORT_HTML_STYLE_H

/** The content of the element `style`. */
extern const char tg_html_style[];

#endif
