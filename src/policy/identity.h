/* Identity: who a client is, as decisions and sightings need it. */
#ifndef TG_POLICY_IDENTITY_H
#define TG_POLICY_IDENTITY_H

/** The longest value of an identity, in bytes; more is cut. */
#define TG_IDENTITY_MAX 256

typedef struct {
    const char *key;     /**< `kind:value`, what decisions are made by */
    const char *shown;   /**< the same as it may be stored or shown */
    const char *user_id; /**< the value of an `account:`, else NULL */
    int cut;             /**< 1 if the value was longer than TG_IDENTITY_MAX */
    const char *ip;      /**< the address as it may be shown; NULL if it may not */
    const char
        *ip_hash;  /**< of the address, beside another identity, if only the hash may be shown */
    unsigned port; /**< of that address; 0 if it may not be shown, or is not known */
} tg_identity_t;

#endif
