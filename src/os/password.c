/* A password in a file: see password.h. */
#include "password.h"

#include "file.h"

#include "base/text.h"

#include <apr_strings.h>
#include <string.h>

#define PASSWORD_MAX ((apr_size_t)4096)

int tg_password_read(apr_pool_t *pool, const char *path, const char **password, tg_fault_t *fault)
{
    tg_fault_t why;
    tg_file_t file;

    switch (tg_file_read(pool, path, PASSWORD_MAX, &file, &why)) {
    case TG_FILE_READ:
        break;
    case TG_FILE_ABSENT:
        return tg_fault_set(fault, "write the password into it", "%s does not exist", path);
    case TG_FILE_DENIED:
    case TG_FILE_FAILED:
        return tg_fault_set(fault, why.fix, "%s: %s", path, why.reason);
    }
    if (file.info.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) {
        return tg_fault_set(fault, "run chmod o-rw,g-w on it", "%s: others may read or change it",
                            path);
    }
    *password = apr_pstrmemdup(pool, file.text, strcspn(file.text, "\r\n"));
    return (**password != '\0' && tg_text_is_printable(pool, *password)) ||
           tg_fault_set(fault, "write the password into it",
                        "%s: its first line is empty, or not in UTF-8", path);
}
