#pragma once
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>
#include <string>

/// What all use of OpenSSL comes with: who owns its things, and what it says went wrong.
namespace greywatch::openssl {

/// Deletes by a function of OpenSSL.
template <auto free>
struct Free {
  template <class T>
  void operator()(T* thing) const {
    free(thing);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;

/// The first queued error as text, and empties the queue.
std::string error();

/// OpenSSL without memory or random numbers is nothing that a caller can handle: throws.
template <class T>
T need(T thing) {
  if (!thing) throw std::runtime_error("OpenSSL: " + error());
  return thing;
}

}  // namespace greywatch::openssl
