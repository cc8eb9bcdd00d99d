/* The template of letters that is built in: see letter_template.h. */
#include "letter_template.h"

#include <apr_strings.h>
#include <string.h>

static const char about_templates[] =
    "# A template of tlsgatectl letters. Lines that begin with a hash, here above the subject, "
    "are\n"
    "# comments. A line all of whose names have no value is left out, and so is a paragraph "
    "without\n"
    "# another line that has one. Write {{ for a brace. The names:\n"
    "#\n";

static const char default_letter[] =
    "Subject: A program of {account} needs a change: {deprecated}\n"
    "\n"
    "Hello,\n"
    "\n"
    "a program of your account {account} connects to our service in a\n"
    "way that we are retiring: {deprecated}. It has to be changed.\n"
    "\n"
    "What happens when:\n"
    "    {dates}\n"
    "\n"
    "What we saw:\n"
    "    requests  {count}, the first at {first_seen},\n"
    "              the last at {last_seen}\n"
    "    over      {protocols}\n"
    "    program   {user_agents}\n"
    "    from      {addresses}\n"
    "    to        {hosts}\n"
    "\n"
    "Why: {causes}\n"
    "\n"
    "Trials that rejected requests of yours:\n"
    "    {trials}\n"
    "\n"
    "{probable}\n"
    "\n"
    "What to do: {advice}\n"
    "\n"
    "To test your program, let it open the address below: the answer says\n"
    "whether it is ready. The command as it is here tests only curl.\n"
    "    {test}\n"
    "\n"
    "Read more: {info}\n"
    "\n"
    "All times are in UTC.\n";

const char *tg_letter_template_default(apr_pool_t *pool)
{
    const char *names = "", *name;
    int i;

    for (i = 0; (name = tg_letter_name(i)) != NULL; i++) {
        names = apr_psprintf(pool, "%s#   {%s}%*s%s\n", names, name, 13 - (int)strlen(name), "",
                             tg_letter_meaning((tg_letter_name_t)i));
    }
    return apr_pstrcat(pool, about_templates, names, default_letter, NULL);
}
