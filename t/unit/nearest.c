/* What somebody probably meant who typed another name. */
#include "unit.h"

#include "base/nearest.h"

/* The names of two lists, one of commands and one of a configuration. */
static const char *const names[] = {
    "suspend", "status",  "schedule", "simulate",   "resume", "TlsGateAnnounce", "TlsGateCutoff",
    "TLSv1",   "TLSv1.1", "TLSv1.2",  "legacy-tls", "kx",     "extend",          "TlsGateRefuse",
};

static const struct {
    const char *typed, *meant; /* NULL: no name is near */
} rows[] = {
    { "suspend", "suspend" },
    { "suspnd", "suspend" },   /* one is missing */
    { "suspendd", "suspend" }, /* one too many */
    { "suspemd", "suspend" },  /* one is wrong */
    { "supsend", "suspend" },  /* two are swapped */
    { "SUSPEND", "suspend" },  /* case does not count */
    { "TlsGateCutOff", "TlsGateCutoff" },
    { "TlsGateCuttoff", "TlsGateCutoff" },
    { "TlsGateAnounce", "TlsGateAnnounce" },
    { "tlsv1.1", "TLSv1.1" },
    { "TLSv11", "TLSv1" },      /* the first of two that are as near */
    { "legacy", "legacy-tls" }, /* its beginning */
    { "legacy_tls", "legacy-tls" },
    { "kk", "kx" },
    { "stop", NULL },
    { "k", NULL }, /* one letter is no beginning */
    { "x", NULL },
    { "", NULL },
    { "nonsense", NULL },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      NULL },
};

static void finds_what_was_meant(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        tg_nearest_t nearest = tg_nearest_to(rows[i].typed);

        for (j = 0; j < ROWS(names); j++) {
            tg_nearest_try(&nearest, names[j]);
        }
        same_text(nearest.found, rows[i].meant, rows[i].typed);
    }
}

/* A name whose beginning was typed yields to one with a letter wrong. */
static void prefers_the_nearest(void **state)
{
    tg_nearest_t nearest = tg_nearest_to("exten");

    (void)state;
    tg_nearest_try(&nearest, "extensive-care");
    same_text(nearest.found, "extensive-care", "the only one");
    tg_nearest_try(&nearest, "extend");
    same_text(nearest.found, "extend", "a nearer one");
}

static void asks_whether_it_was_meant(void **state)
{
    tg_nearest_t nearest = tg_nearest_to("resum");

    (void)state;
    same_text(tg_nearest_question(unit_pool, &nearest), "", "none yet");
    tg_nearest_try(&nearest, "resume");
    same_text(tg_nearest_question(unit_pool, &nearest), "; did you mean resume?", "resume");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(finds_what_was_meant),
    cmocka_unit_test(prefers_the_nearest),
    cmocka_unit_test(asks_whether_it_was_meant),
};

UNIT_MAIN(tests)
