/* The names of what a letter is made of: see letter.h. */
#include "letter.h"

#include "base/rows.h"

#include <string.h>

static const struct {
    const char *name, *meaning;
} letter_rows[] = {
    { "client", "who it is, as the log has it: account:A-20" },
    { "account", "the same without its kind: A-20" },
    { "count", "how many requests came over what is deprecated" },
    { "first_seen", "when the first one came" },
    { "last_seen", "when the last one came" },
    { "deprecated", "what goes, in words: TLS 1.0 and 1.1" },
    { "protocols", "the versions that were used" },
    { "causes", "why, a sentence on each line" },
    { "user_agents", "the programs, one on each line" },
    { "addresses", "where they came from, one on each line" },
    { "hosts", "the hosts that were called, one on each line" },
    { "advice", "what to do, from TlsGateAdvice" },
    { "dates", "what is to come, one date on each line" },
    { "breaks_at", "from when on such requests are rejected for good" },
    { "trials", "the past trials that rejected requests of this client, one on each line" },
    { "probable", "the refused handshakes that were probably of this client, in a sentence" },
    { "test", "the command with curl that tests a host, one on each line" },
    { "info", "where to read more, from TlsGateInfo" },
};
TG_ROWS_ARE(letter_rows, TG_LETTER_NAMES);

const char *tg_letter_name(int name)
{
    return name < TG_LETTER_NAMES ? letter_rows[name].name : NULL;
}

const char *tg_letter_meaning(tg_letter_name_t name)
{
    return letter_rows[name].meaning;
}

tg_letter_name_t tg_letter_name_parse(const char *name, size_t length)
{
    int i;

    for (i = 0; i < TG_LETTER_NAMES; i++) {
        if (strlen(letter_rows[i].name) == length &&
            memcmp(letter_rows[i].name, name, length) == 0) {
            break;
        }
    }
    return (tg_letter_name_t)i;
}
