// What TLS needs of OpenSSL, and functions for those of its calls that are macros, which Swift cannot see.
#pragma once

#include <features.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static const unsigned long redis_events_system_error_flag = ERR_SYSTEM_FLAG;

static inline int redis_events_set_minimum_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version);
}

static inline void redis_events_forbid_renegotiation(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
}

static inline void redis_events_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }

static inline void redis_events_read_ahead(SSL_CTX *context) { SSL_CTX_set_read_ahead(context, 1); }

static inline int redis_events_set_indicated_name(SSL *ssl, const char *name) {
    return SSL_set_tlsext_host_name(ssl, name);
}

static inline void redis_events_set_retry(BIO *bio, int flag) {
    BIO_clear_retry_flags(bio);
    BIO_set_flags(bio, flag);
}
