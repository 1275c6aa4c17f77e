#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>

// OpenSSL spells these as macros or variadics, which Swift cannot call.
static inline long copenssl_set_server_name(SSL *ssl, const char *name) {
  return SSL_set_tlsext_host_name(ssl, (char *)name);
}
static inline long copenssl_bio_get_mem_data(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }
static inline EVP_PKEY *copenssl_generate_rsa(size_t bits) {
  return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits);
}
static inline EVP_PKEY *copenssl_generate_p256(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"); }
static inline int copenssl_push_name(GENERAL_NAMES *names, GENERAL_NAME *name) {
  return sk_GENERAL_NAME_push(names, name);
}

// The builder keeps the pointers to the names: they must be C literals, not a Swift string's passing copy.
static inline int copenssl_push_rsa(OSSL_PARAM_BLD *builder, const BIGNUM *n, const BIGNUM *e) {
  return OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
         OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1;
}
static inline int copenssl_public_key_from_data(
    EVP_PKEY_CTX *context, EVP_PKEY **key, OSSL_PARAM *parameters) {
  return EVP_PKEY_fromdata(context, key, EVP_PKEY_PUBLIC_KEY, parameters);
}

// The oldest error of this thread's queue as "library: reason", without the data that callers attach to it
// (which may quote input). Returns 0 when the queue is empty.
static inline int copenssl_next_error(char *text, size_t size) {
  unsigned long code = ERR_get_error();
  if (code == 0) return 0;
  const char *library = ERR_lib_error_string(code);
  const char *reason = ERR_reason_error_string(code);
  if (reason != NULL) {
    snprintf(text, size, "%s: %s", library ? library : "OpenSSL", reason);
  } else {
    ERR_error_string_n(code, text, size);
  }
  return 1;
}

// Without this callback OpenSSL asks for the passphrase of an encrypted PEM file on the terminal.
static inline int copenssl_no_passphrase(char *buffer, int size, int writing, void *context) {
  (void)buffer, (void)size, (void)writing, (void)context;
  return -1;
}
static inline EVP_PKEY *copenssl_read_private_key(BIO *bio) {
  return PEM_read_bio_PrivateKey(bio, NULL, copenssl_no_passphrase, NULL);
}
static inline X509 *copenssl_read_certificate(BIO *bio) {
  return PEM_read_bio_X509(bio, NULL, copenssl_no_passphrase, NULL);
}

// Whether reading PEM stopped because there is no further object.
static inline int copenssl_is_end_of_pem(unsigned long code) {
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

// What every TLS context of ours starts from: 1.2 or newer, forward secrecy, authenticated ciphers only,
// tickets instead of a session cache, and read and write buffers that an idle connection does not keep.
static inline int copenssl_configure(SSL_CTX *context) {
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}
// A server that asks for a certificate and takes none too. Nothing is resumed: each connection is verified itself.
static inline int copenssl_ask_for_certificate(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  return SSL_CTX_set_num_tickets(context, 0) == 1 &&
         SSL_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) == 1;
}
static inline int copenssl_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

// ALPN (RFC 7301) with http/1.1 as the only protocol. A client that offers ALPN without it gets the alert
// no_application_protocol; one that offers none is served.
static const unsigned char copenssl_http11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
static inline int copenssl_select_http11(
    SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
    unsigned int in_length, void *argument) {
  (void)ssl, (void)argument;
  unsigned char *chosen = NULL;
  int result =
      SSL_select_next_proto(&chosen, out_length, copenssl_http11, sizeof copenssl_http11, in, in_length);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}
static inline void copenssl_serve_http11(SSL_CTX *context) {
  SSL_CTX_set_alpn_select_cb(context, copenssl_select_http11, NULL);
}
static inline int copenssl_offer_http11(SSL_CTX *context) {
  return SSL_CTX_set_alpn_protos(context, copenssl_http11, sizeof copenssl_http11) == 0;
}
